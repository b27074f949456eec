using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;

namespace Polydev.Broker.SignIn;

/// <summary>The session's cookie: what stands in it, and how it is looked at. It is encrypted, and holds the session's secret.</summary>
internal static class SessionCookie
{
    public const string Scheme = "session";

    private const string SecretClaim = "session";

    /// <summary>Signs the browser in, under a new secret each time.</summary>
    public static async Task SignInAsync(HttpContext context, Account account, string address)
    {
        var sessions = context.RequestServices.GetRequiredService<Sessions>();
        var issued = await sessions.BeginAsync(account.Id, context.Request.Headers.UserAgent, address, CancellationToken.None);
        Claim[] claims =
        [
            new(ClaimTypes.NameIdentifier, account.Id),
            new(ClaimTypes.Name, account.Name),
            new(SecretClaim, issued.Secret.Reveal()),
        ];
        await context.SignInAsync(
            Scheme,
            new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme)),
            new AuthenticationProperties { IsPersistent = true, ExpiresUtc = issued.Session.ExpiresAt });
    }

    /// <summary>Who is signed in; null where nobody is. Told by the session's row, never by the cookie alone.</summary>
    public static SignedIn? Of(HttpContext context) => context.Features.Get<SignedIn>();

    public static void Configure(CookieAuthenticationOptions cookie, SignInOptions options)
    {
        cookie.Cookie.Name = options.CookieName("polydev");
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.IsEssential = true;
        cookie.Cookie.Path = "/";
        cookie.Cookie.SecurePolicy = options.CookiePolicy;

        // Not Strict: a link in a mail or a chat would find nobody signed in. No GET changes anything.
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.ExpireTimeSpan = Sessions.Lifetime;
        cookie.SlidingExpiration = false;
        cookie.Events.OnValidatePrincipal = ValidateAsync;
        cookie.Events.OnRedirectToLogin = context =>
        {
            ReturnPath.Remember(context.HttpContext, options);
            context.Response.Redirect(SignInLinks.Path);
            return Task.CompletedTask;
        };
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        var sessions = http.RequestServices.GetRequiredService<Sessions>();
        var secret = context.Principal?.FindFirstValue(SecretClaim);
        if (await sessions.FindAsync(secret, http.RequestAborted) is not { } session)
        {
            context.RejectPrincipal();
            await http.SignOutAsync(Scheme);
            return;
        }

        http.Features.Set(new SignedIn(session, context.Principal!.FindFirstValue(ClaimTypes.Name) ?? session.AccountId));
    }
}

/// <summary>Who is signed in in this browser.</summary>
/// <param name="Session">Good when the page was asked for. Its account is the one that everything is read and changed of.</param>
public sealed record SignedIn(Session Session, string AccountName)
{
    public string AccountId => Session.AccountId;

    /// <summary>For the audit trail.</summary>
    /// <param name="address">Where the request comes from (<see cref="ClientAddress.Of"/>).</param>
    internal Actor By(string address) => Actor.Session(Session.Id, Session.Browser, address);
}
