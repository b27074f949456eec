using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using Polydev.TestKit;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Polydev.Broker.Tests.SignIn.OpenId;

/// <summary>
/// A real OpenID Connect provider on a socket of 127.0.0.1: OpenIddict's server, with its own store of clients, codes and tokens. It asks
/// nobody for a password: who comes is <see cref="Person"/>.
/// </summary>
internal sealed partial class TestProvider : IAsyncDisposable
{
    public const string ClientId = "polydev";
    public const string ClientSecret = "the-brokers-secret-at-the-provider";

    // Making an RSA key takes a busy machine seconds, and no test is about its being new.
    private static readonly RsaSecurityKey FirstKey = MakeKey();

    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    private TestProvider(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Whoever is signed in there.</summary>
    public TestPerson Person { get; set; } = new("1", "ann@example.com");

    /// <summary>The person says no there.</summary>
    public bool Denies { get; set; }

    /// <param name="url">Port 0 takes a free one.</param>
    /// <param name="isTold">Clients must tell it beforehand whom they send (RFC 9126).</param>
    public static async Task<TestProvider> StartAsync(string url = "http://127.0.0.1:0", bool isTold = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var name = $"provider {Guid.NewGuid()}";
        builder.Services.AddDbContext<DbContext>(store => store.UseInMemoryDatabase(name).UseOpenIddict());
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<DbContext>().DisableBulkOperations())
            .AddServer(server =>
            {
                server.SetAuthorizationEndpointUris("connect/authorize")
                    .SetTokenEndpointUris("connect/token")
                    .SetUserInfoEndpointUris("connect/userinfo")
                    .AllowAuthorizationCodeFlow()
                    .RequireProofKeyForCodeExchange()
                    .RegisterScopes(Scopes.Email, Scopes.Profile)
                    .AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)))
                    .AddSigningKey(FirstKey);
                if (isTold)
                {
                    server.SetPushedAuthorizationEndpointUris("connect/told").RequirePushedAuthorizationRequests();
                }

                server.UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    .DisableTransportSecurityRequirement();
            });
        var app = builder.Build();
        var provider = new TestProvider(app);
        app.MapMethods("connect/authorize", [HttpMethods.Get, HttpMethods.Post], provider.AuthorizeAsync);
        app.MapGet("connect/userinfo", provider.TellAsync);
        await app.StartAsync().DefaultTimeout();
        return provider;
    }

    /// <summary>Makes the broker known to it.</summary>
    public async Task RegisterAsync(Uri redirect)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = ClientId,
            ClientSecret = ClientSecret,
            ConsentType = ConsentTypes.Implicit,
            RedirectUris = { redirect },
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.PushedAuthorization,
                Permissions.Endpoints.Token,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.ResponseTypes.Code,
                Permissions.Scopes.Email,
                Permissions.Scopes.Profile,
            },
        });
    }

    /// <summary>As the person's browser does, which was sent there: what it brings back, and where.</summary>
    public async Task<ProviderAnswer> VisitAsync(string address)
    {
        using var response = await _http.GetAsync(address).DefaultTimeout();
        if (response.Headers.Location is { } location)
        {
            return new ProviderAnswer(location, []);
        }

        var html = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), html);
        return new ProviderAnswer(
            new Uri(WebUtility.HtmlDecode(Action().Match(html).Groups[1].Value)),
            [.. Hidden().Matches(html).Select(field => (field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value)))]);
    }

    /// <summary>From now on it signs with another key, and knows the old one no more.</summary>
    public void RotateKey()
    {
        var credentials = _app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials;
        credentials.Clear();
        credentials.Add(new SigningCredentials(MakeKey(), SecurityAlgorithms.RsaSha256));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AuthorizeAsync(HttpContext context)
    {
        const string scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;
        if (Denies)
        {
            await context.ForbidAsync(scheme, new AuthenticationProperties(new Dictionary<string, string?>
            {
                [OpenIddictServerAspNetCoreConstants.Properties.Error] = OpenIddictConstants.Errors.AccessDenied,
                [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = "No.",
            }));
            return;
        }

        var identity = new ClaimsIdentity("test", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, Person.Subject);
        identity.SetClaim(Claims.Name, Person.Name);
        identity.SetClaim(Claims.Email, Person.Email);
        identity.SetClaim(Claims.EmailVerified, Person.IsVerified);
        identity.SetScopes(context.GetOpenIddictServerRequest()!.GetScopes());
        identity.SetDestinations(_ => Person.IsInTheToken
            ? [Destinations.AccessToken, Destinations.IdentityToken]
            : [Destinations.AccessToken]);
        await context.SignInAsync(scheme, new ClaimsPrincipal(identity));
    }

    // OpenIddict's own answer leaves out whether the address is verified.
    private async Task TellAsync(HttpContext context)
    {
        var token = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        await context.Response.WriteAsJsonAsync(new Dictionary<string, object?>
        {
            [Claims.Subject] = token.Principal!.GetClaim(Claims.Subject),
            [Claims.Name] = Person.Name,
            [Claims.Email] = Person.Email,
            [Claims.EmailVerified] = Person.IsVerified,
        });
    }

    private static RsaSecurityKey MakeKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString() };

    [GeneratedRegex("<form[^>]* action=\"([^\"]*)\"")]
    private static partial Regex Action();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}

/// <summary>Somebody whom the provider knows.</summary>
internal sealed record TestPerson(string Subject, string? Email, bool IsVerified = true, string? Name = "Ann Example")
{
    /// <summary>False: name and address are told at the userinfo endpoint alone.</summary>
    public bool IsInTheToken { get; init; } = true;
}

/// <summary>What a browser brings back from the provider.</summary>
/// <param name="Form">Empty where it is all in the address.</param>
internal sealed record ProviderAnswer(Uri Address, (string Name, string Value)[] Form);
