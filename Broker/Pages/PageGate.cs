using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Pages.Calls;
using Polydev.Broker.Pages.Connect;
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
internal sealed partial class PageGate(RequestDelegate next, IAntiforgery forms, SignInOptions options, ILogger<PageGate> logger)
{
    private const int MostFormBytes = 16 * 1024;
    private const int IdBytes = 6;

    public async Task InvokeAsync(HttpContext context)
    {
        var rules = PageRules.Of(context) ?? throw new InvalidOperationException("This is no page.");
        PageSafety.Apply(context, options);
        try
        {
            await PassAsync(context, rules);
        }
        catch (ThrottledException e)
        {
            var wait = Math.Ceiling(e.Error.RetryAfter!.Value.TotalSeconds);
            context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await ErrorPages.TooManyTriesAsync(context);
        }
        catch (Exception e) when (IsDefect(e, context))
        {
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
            LogFailed(logger, e, id);
            await ErrorPages.DefectAsync(context, id);
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

    private async Task PassAsync(HttpContext context, PageRules rules)
    {
        var authentication = await context.AuthenticateAsync(SessionCookie.Scheme);
        context.User = authentication.Principal ?? context.User;
        if (rules.NeedsAccount && SessionCookie.Of(context) is null)
        {
            await AskToSignInAsync(context, rules);
        }
        else if (!PageRules.Probes.Contains(context.Request.Method) && !await MayPostAsync(context, rules))
        {
            await ErrorPages.ForeignFormAsync(context);
        }
        else
        {
            await next(context);
        }
    }

    // Not where nobody is there to be told, where a part of the page is on its way, or where the browser sent what is no request.
    private static bool IsDefect(Exception e, HttpContext context) =>
        e is not BadHttpRequestException && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;

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

    [LoggerMessage(EventId = 1101, EventName = "PageFailed", Level = LogLevel.Error,
        Message = "A page failed; its reader was told the id {ErrorId}.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string errorId);
}

internal static class PageServices
{
    public static IServiceCollection AddPages(this IServiceCollection services) => services
        .AddSingleton<FrameReader>()
        .AddSingleton<AllowanceReader>()
        .AddSingleton<StatusPages>()
        .AddKeysPages()
        .AddSettingsPages()
        .AddLive()
        .AddLivePage<OverviewPages>()
        .AddLivePage<MachinePages>()
        .AddLivePage<KeysPages>()
        .AddSingleton<RulesPages>()
        .AddLivePage<UsagePages>()
        .AddSingleton<CallsReader>()
        .AddLivePage<CallPages>()
        .AddSingleton<SignInPages>()
        .AddSingleton<DevicePages>()
        .AddSingleton<ConnectPages>();

    public static void UsePages(this IApplicationBuilder app)
    {
        app.UseWhen(MissingPage.IsForABrowser, pages => pages.UseMiddleware<MissingPage>());
        app.UseWhen(context => PageRules.Of(context) is not null, pages => pages.UseMiddleware<PageGate>());
    }
}
