using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.SignIn.OpenId;

internal static class OpenIdServices
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    /// <summary>Beside <c>AddSignIn</c>, with the same options.</summary>
    public static IServiceCollection AddOpenId(this IServiceCollection services, OpenIdOptions options, SignInOptions signIn)
    {
        services.AddSingleton(options)
            .AddSingleton<OpenIdProvider>()
            .AddSingleton<Identities>()
            .AddSingleton<OpenIdSignIn>()
            .AddSingleton<OpenIdEvents>()
            .AddHostedService<OpenIdWatch>()
            .AddAuthentication()
            .AddOpenIdConnect(OpenIdSignIn.Scheme, handler => Configure(handler, options, signIn));
        return services;
    }

    private static void Configure(OpenIdConnectOptions handler, OpenIdOptions options, SignInOptions signIn)
    {
        handler.Authority = options.Authority.AbsoluteUri;
        handler.RequireHttpsMetadata = !LoopbackHost.Is(options.Authority.Host);
        handler.ClientId = options.ClientId;
        handler.ClientSecret = options.ClientSecret;
        handler.EventsType = typeof(OpenIdEvents);
        handler.SignInScheme = SessionCookie.Scheme;
        handler.CallbackPath = OpenIdSignIn.CallbackPath;
        handler.BackchannelTimeout = LongestAnswer;
        handler.DisableTelemetry = true;

        // The code flow with PKCE (RFC 7636). No token is kept: who it is, is all that is wanted of them.
        handler.ResponseType = OpenIdConnectResponseType.Code;
        handler.ResponseMode = options.AnswersByForm ? OpenIdConnectResponseMode.FormPost : OpenIdConnectResponseMode.Query;
        handler.SaveTokens = false;
        handler.GetClaimsFromUserInfoEndpoint = true;
        handler.MapInboundClaims = false;
        handler.ClaimActions.Clear();
        handler.Scope.Clear();
        foreach (var scope in (string[])["openid", "email", "profile"])
        {
            handler.Scope.Add(scope);
        }

        // Both cookies of a sign-in under way: without them an answer is good in no browser.
        handler.RemoteAuthenticationTimeout = OpenIdSignIn.Lifetime;
        handler.ProtocolValidator.NonceLifetime = OpenIdSignIn.Lifetime;
        foreach (var (cookie, name) in new[] { (handler.CorrelationCookie, "polydev-state."), (handler.NonceCookie, "polydev-nonce.") })
        {
            cookie.Name = signIn.CookieName(name);
            cookie.Path = "/";
            cookie.HttpOnly = true;
            cookie.IsEssential = true;
            cookie.SecurePolicy = signIn.CookiePolicy;

            // A form that another site has the browser post bears no other.
            cookie.SameSite = options.AnswersByForm ? SameSiteMode.None : SameSiteMode.Lax;
        }
    }
}
