using System.Diagnostics.CodeAnalysis;

namespace Polydev.Broker.SignIn;

/// <summary>
/// Where a person was going who had to sign in first: kept in the browser while he fetches a link, and only ever a path on this very site,
/// so that no link of ours leads elsewhere.
/// </summary>
internal static class ReturnPath
{
    /// <summary>Where one goes who was going nowhere.</summary>
    public const string Default = "/";

    private const string Name = "polydev-return";
    private const int Longest = 1000;

    /// <summary>Only of what was to be read: a form that was sent is not sent again.</summary>
    public static void Remember(HttpContext context, SignInOptions options)
    {
        var path = $"{context.Request.PathBase}{context.Request.Path}{context.Request.QueryString}";
        if (HttpMethods.IsGet(context.Request.Method) && IsLocal(path))
        {
            context.Response.Cookies.Append(options.CookieName(Name), path, Cookie(options, SignInLinks.Lifetime));
        }
    }

    /// <summary>Forgets it.</summary>
    public static string Take(HttpContext context, SignInOptions options)
    {
        var path = context.Request.Cookies[options.CookieName(Name)];
        context.Response.Cookies.Delete(options.CookieName(Name), Cookie(options, lifetime: null));
        return IsLocal(path) ? path : Default;
    }

    /// <summary>A browser takes <c>//host</c> and <c>/\host</c> for another site's address, and drops tabs and line ends first.</summary>
    public static bool IsLocal([NotNullWhen(true)] string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && path.Length <= Longest && !path.Any(char.IsControl);

    private static CookieOptions Cookie(SignInOptions options, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = lifetime,
        Path = "/",
        SameSite = SameSiteMode.Lax,
        Secure = options.IsSecure,
    };
}
