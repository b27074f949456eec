using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Pages.Calls;
using Polydev.Broker.Pages.Devices;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Keys;
using Polydev.Broker.Pages.Live;
using Polydev.Broker.Pages.Machines;
using Polydev.Broker.Pages.Overview;
using Polydev.Broker.Pages.Settings;
using Polydev.Broker.Pages.SignIn;
using Polydev.Broker.Pages.Status;
using Polydev.Broker.Pages.Usage;
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
            await AskToSignInAsync(context, rules);
            return;
        }

        if (!PageRules.Probes.Contains(context.Request.Method) && !await MayPostAsync(context, rules))
        {
            await ErrorPages.ForeignFormAsync(context);
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
            await ErrorPages.TooManyTriesAsync(context);
        }
    }

    private static Task AskToSignInAsync(HttpContext context, PageRules rules)
    {
        if (!rules.IsStream)
        {
            return context.ChallengeAsync(SessionCookie.Scheme);
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
            + "base-uri 'none'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";

        // In the words of the framework's own forms, which else complain.
        headers.CacheControl = "no-cache, no-store";
    }

    private async Task<bool> MayPostAsync(HttpContext context, PageRules rules)
    {
        if (!context.Request.HasFormContentType)
        {
            return false;
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostFormBytes;
        try
        {
            await context.Request.ReadFormAsync(context.RequestAborted);
            return rules.TakesForeignForms || await forms.IsRequestValidAsync(context);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return false;
        }
    }
}

internal static class PageServices
{
    public static IServiceCollection AddPages(this IServiceCollection services) => services
        .AddSingleton<FrameReader>()
        .AddSingleton<AllowanceReader>()
        .AddSingleton<StatusPages>()
        .AddSingleton<OverviewPages>()
        .AddKeysPages()
        .AddSettingsPages()
        .AddLive()
        .AddLivePage<OverviewPages>()
        .AddLivePage<MachinePages>()
        .AddSingleton<UsagePages>()
        .AddSingleton<CallsReader>()
        .AddSingleton<CallPages>()
        .AddSingleton<SignInPages>()
        .AddSingleton<DevicePages>();

    public static void UsePages(this IApplicationBuilder app) =>
        app.UseWhen(context => PageRules.Of(context) is not null, pages => pages.UseMiddleware<PageGate>());
}
