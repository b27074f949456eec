using Polydev.Broker.Hosting;

namespace Polydev.Broker.SignIn;

/// <summary>The machine's side of a device login: asks for a code, then for its token (RFC 8628).</summary>
internal sealed class DeviceHandler(DeviceLogins logins, BrokerAddresses addresses, Throttle throttle, ClientAddress clients)
{
    /// <summary>Where a person enters the code.</summary>
    public const string PagePath = "/device";

    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    public Task StartAsync(HttpContext context) => OAuthForm.AnswerAsync(context, async form =>
    {
        throttle.Enter(ThrottledTry.DeviceCode, clients.NetworkOf(context));
        var started = await logins.StartAsync(
            form["machine_name"], form["client_version"], clients.Of(context), context.RequestAborted);
        var page = $"{addresses.SiteFor(context.Request.Host)}{PagePath}";
        var shown = UserCode.Show(started.UserCode);
        var body = new DeviceCodeBody(
            started.DeviceCode,
            shown,
            page,
            $"{page}?user_code={shown}",
            (int)DeviceLogins.Lifetime.TotalSeconds,
            DeviceLogins.PollSeconds);
        await OAuthForm.WriteAsync(context, body, OAuthJson.Default.DeviceCodeBody);
    });

    public Task GiveTokenAsync(HttpContext context) => OAuthForm.AnswerAsync(context, async form =>
    {
        if (form.Require("grant_type") != GrantType)
        {
            throw new OAuthException(OAuthErrors.UnsupportedGrantType, $"The one grant type here is {GrantType}.");
        }

        var network = clients.NetworkOf(context);
        throttle.Enter(ThrottledTry.DeviceToken, network);
        var poll = await logins.PollAsync(form.Require("device_code"), context.RequestAborted);
        if (poll.Outcome != DevicePollOutcome.Unknown)
        {
            throttle.GiveBack(ThrottledTry.DeviceToken, network);
        }

        var issued = poll.Issued ?? throw ErrorOf(poll.Outcome);
        var body = new TokenBody(issued.Secret.Reveal(), "Bearer", issued.Credential.Name);
        await OAuthForm.WriteAsync(context, body, OAuthJson.Default.TokenBody);
    });

    private static OAuthException ErrorOf(DevicePollOutcome outcome) => outcome switch
    {
        DevicePollOutcome.Pending => new(OAuthErrors.Pending, "Nobody has approved the machine yet."),
        DevicePollOutcome.SlowDown => new(
            OAuthErrors.SlowDown, $"Wait {DeviceLogins.PollSeconds} s longer between two requests from now on."),
        DevicePollOutcome.Expired => new(OAuthErrors.Expired, "The code has ended. Log in again."),
        DevicePollOutcome.Denied => new(OAuthErrors.Denied, "The machine was denied."),
        _ => new(OAuthErrors.InvalidGrant, "There is no such device code, or its token was given out before."),
    };
}
