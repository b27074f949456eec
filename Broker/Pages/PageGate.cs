using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>
/// Before every page: what a browser may do with it, who is signed in, and that no form comes from elsewhere. The API never passes here, so
/// that a cookie counts for nothing there.
/// </summary>
internal sealed class PageGate(RequestDelegate next, IAntiforgery forms, SignInOptions options)
{
    private const int MostFormBytes = 16 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        var rules = PageRules.Of(context) ?? throw new InvalidOperationException("This is no page.");
        Protect(context.Response.Headers);
        if (options.IsSecure)
        {
            // Between a proxy with the certificate and this broker there is none; the browser's side is what counts.
            context.Request.Scheme = Uri.UriSchemeHttps;
        }

        var authentication = await context.AuthenticateAsync(SessionCookie.Scheme);
        context.User = authentication.Principal ?? context.User;
        if (rules.NeedsAccount && SessionCookie.Of(context) is null)
        {
            await context.ChallengeAsync(SessionCookie.Scheme);
            return;
        }

        if (!PageEndpoints.Probes.Contains(context.Request.Method) && !await IsOurFormAsync(context))
        {
            await Page.WriteAsync(context, StatusCodes.Status403Forbidden, PageMarkup.ForeignForm);
            return;
        }

        try
        {
            await next(context);
        }
        catch (ThrottledException e)
        {
            var wait = Math.Ceiling(e.Error.RetryAfter!.Value.TotalSeconds);
            context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await Page.WriteAsync(context, StatusCodes.Status429TooManyRequests, PageMarkup.TooManyTries);
        }
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";

        // In the words of the framework's own forms, which else complain.
        headers.CacheControl = "no-cache, no-store";
    }

    private async Task<bool> IsOurFormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return false;
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostFormBytes;
        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
            return await forms.IsRequestValidAsync(context);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>Stands at the endpoint of every page.</summary>
/// <param name="NeedsAccount">Who is not signed in is sent to sign in first.</param>
internal sealed record PageRules(bool NeedsAccount)
{
    /// <summary>For all.</summary>
    public static readonly PageRules Open = new(NeedsAccount: false);

    public static readonly PageRules RequireAccount = new(NeedsAccount: true);

    public static PageRules? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<PageRules>();
}

internal static class PageServices
{
    public static IServiceCollection AddPages(this IServiceCollection services) => services
        .AddSingleton<StatusPage>()
        .AddSingleton<SignInPages>()
        .AddSingleton<DevicePages>();

    public static void UsePages(this IApplicationBuilder app) =>
        app.UseWhen(context => PageRules.Of(context) is not null, pages => pages.UseMiddleware<PageGate>());
}
