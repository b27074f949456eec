using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Frame;

/// <summary>What a browser may do with a page: nothing that the page itself does not need.</summary>
internal static class PageSafety
{
    /// <summary>Before anything of a page is made.</summary>
    public static void Apply(HttpContext context, SignInOptions options)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";

        // In the words of the framework's own forms, which else complain.
        headers.CacheControl = "no-cache, no-store";
        if (options.IsSecure)
        {
            // Between a proxy with the certificate and this broker there is none; the browser's side is what counts.
            context.Request.Scheme = Uri.UriSchemeHttps;
        }
    }
}
