using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>
/// Signing in with the provider: a person is sent there, comes back with an answer, and has a session if it holds.
/// <code>
/// GET /sign-in/start -> the provider's page -> GET /sign-in/callback -> where one was going
///                                                                    -> /sign-in, which says why not
/// </code>
/// </summary>
internal sealed class OpenIdSignIn(
    OpenIdProvider provider, Identities identities, Throttle throttle, ClientAddress clients, SignInOptions options)
{
    public const string Scheme = "provider";

    /// <summary>
    /// A link leads here and no form: browsers hold each redirect of a form's answer against <c>form-action</c>, and providers have
    /// sites that nobody can list.
    /// </summary>
    public const string StartPath = "/sign-in/start";

    /// <summary>The redirect URI that the provider must know, below the site.</summary>
    public const string CallbackPath = "/sign-in/callback";

    /// <summary>From the start to the answer.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Sends the browser to the provider.</summary>
    public async Task StartAsync(HttpContext context)
    {
        // Other sites may lead to the page with the button, not press it: nobody is signed in unasked.
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            SeeOther(context, SignInLinks.Path);
            return;
        }

        throttle.Enter(ThrottledTry.ProviderStart, clients.NetworkOf(context));
        if (!await provider.AnswersAsync(context.RequestAborted))
        {
            Refuse(context, SignInProblem.NotAnswering);
            return;
        }

        try
        {
            await context.ChallengeAsync(Scheme);
        }
        catch (Exception e) when (OpenIdProvider.IsAway(e) || e is OpenIdConnectProtocolException)
        {
            // Some are to be told beforehand who comes (RFC 9126).
            provider.Tell(e);
            Refuse(context, SignInProblem.NotAnswering);
        }
    }

    /// <summary>Takes what the browser brings from the provider.</summary>
    public static async Task TakeAnswerAsync(HttpContext context)
    {
        var handlers = context.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        if (await handlers.GetHandlerAsync(context, Scheme) is not IAuthenticationRequestHandler handler
            || !await handler.HandleRequestAsync())
        {
            Refuse(context, SignInProblem.NotConfirmed);
        }
    }

    /// <summary>
    /// Once for each answer, before the provider is asked or the log told: who brings many that confirm nobody has to wait.
    /// </summary>
    /// <exception cref="ThrottledException">He has to wait.</exception>
    public void BeginTry(HttpContext context)
    {
        if (context.Items.TryAdd(ThrottledTry.ProviderAnswer, null))
        {
            throttle.Enter(ThrottledTry.ProviderAnswer, clients.NetworkOf(context));
        }
    }

    /// <summary>Begins the session of somebody whom the provider has confirmed, or says why there is none.</summary>
    public async Task CompleteAsync(HttpContext context, OpenIdPerson person)
    {
        var network = clients.NetworkOf(context);
        throttle.GiveBack(ThrottledTry.ProviderStart, network);
        throttle.GiveBack(ThrottledTry.ProviderAnswer, network);

        // Not to be cancelled, as with a link: the provider's answer is good for one try.
        var found = await identities.FindOrOpenAsync(person, CancellationToken.None);
        if (found.Account is not { } account)
        {
            Refuse(context, found.Problem);
            return;
        }

        throttle.Enter(ThrottledTry.ProviderSession, account.Id);
        await SessionCookie.SignInAsync(context, account, clients.Of(context));
        SeeOther(context, ReturnPath.Take(context, options));
    }

    /// <summary>Back to where one may try again, which says what went wrong; a reload there sends nothing twice.</summary>
    public static void Refuse(HttpContext context, SignInProblem problem) => SeeOther(context, problem.PagePath());

    private static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }
}
