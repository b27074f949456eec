using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Polydev.Broker.SignIn;

internal static class SignInServices
{
    /// <summary>Links alone: what the command line needs. Wants the stores.</summary>
    public static IServiceCollection AddSignInLinks(this IServiceCollection services) => services.AddSingleton<SignInLinks>();

    /// <summary>Wants the stores, keys and accounts, and an <see cref="IXmlRepository"/> for what protects the cookies.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services, SignInOptions options)
    {
        services.AddSignInLinks().AddSingleton(options)
            .AddSingleton<OwnerLinks>()
            .AddSingleton<Sessions>()
            .AddSingleton<DeviceLogins>()
            .AddSingleton<DeviceHandler>()
            .AddSingleton<RevocationHandler>()
            .AddSingleton<Throttle>()
            .AddSingleton<ClientAddress>();

        // The name is part of every cookie: brokers on one database read each other's, wherever they are installed.
        services.AddDataProtection().SetApplicationName("polydev-broker");
        services.AddOptions<KeyManagementOptions>().Configure<IXmlRepository>((keys, repository) => keys.XmlRepository = repository);
        services.AddAuthentication(SessionCookie.Scheme).AddCookie(
            SessionCookie.Scheme, (CookieAuthenticationOptions cookie) => SessionCookie.Configure(cookie, options));
        services.AddAntiforgery(forms =>
        {
            forms.FormFieldName = "form";
            forms.HeaderName = null;
            forms.SuppressXFrameOptionsHeader = true;
            forms.Cookie.Name = options.CookieName("polydev-form");
            forms.Cookie.Path = "/";
            forms.Cookie.SecurePolicy = options.CookiePolicy;
        });
        return services;
    }
}

/// <summary>How browsers reach the broker.</summary>
internal sealed record SignInOptions
{
    /// <summary>By TLS, the broker's own or a proxy's: then no cookie goes without.</summary>
    public required bool IsSecure { get; init; }

    /// <summary>There is a proxy before the broker, which says where a request came from.</summary>
    public required bool IsBehindProxy { get; init; }

    public CookieSecurePolicy CookiePolicy => IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.None;

    public static SignInOptions Of(Uri http, Uri? publicUrl) => new()
    {
        IsSecure = (publicUrl ?? http).Scheme == Uri.UriSchemeHttps,
        IsBehindProxy = publicUrl is not null,
    };

    /// <summary>With TLS under the prefix that no other host of the domain, and nobody without TLS, can set a cookie by.</summary>
    public string CookieName(string name) => IsSecure ? $"__Host-{name}" : name;
}
