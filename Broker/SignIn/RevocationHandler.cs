using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;

namespace Polydev.Broker.SignIn;

/// <summary>Lets a machine give its own token back (RFC 7009): who has the token may end it.</summary>
internal sealed class RevocationHandler(
    CredentialAuthenticator credentials, MachineTokens machines, Throttle throttle, ClientAddress clients)
{
    /// <summary>A token that is none is answered alike: it is good no longer, which is what was asked for.</summary>
    public Task RevokeAsync(HttpContext context) => OAuthForm.AnswerAsync(context, async form =>
    {
        var network = clients.NetworkOf(context);
        throttle.Enter(ThrottledTry.DeviceToken, network);
        var token = await credentials.AuthenticateAsync(CredentialKind.TunnelToken, form.Require("token"), context.RequestAborted);
        if (token is not null)
        {
            throttle.GiveBack(ThrottledTry.DeviceToken, network);

            // Not to be cancelled halfway: the caller may go as soon as it has asked.
            var itself = Actor.Machine(token.Id, token.Name, clients.Of(context));
            await machines.RevokeAsync(token.AccountId, token.Id, itself, CancellationToken.None);
        }
    });
}
