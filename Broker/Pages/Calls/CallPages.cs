using System.Globalization;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Calls;

/// <summary>For the engineer with a failed or slow call: what happened to it?</summary>
internal sealed class CallPages(CallsReader reader) : ILivePage
{
    public const string LiveName = "calls";
    public const string OnePath = $"{PagePaths.Calls}/{{id}}";
    public const string CsvPath = $"{PagePaths.Calls}.csv";

    /// <summary>Rows of one file: what is older needs a narrower filter.</summary>
    public const int MostRows = 50_000;

    private static readonly string[] Head =
    [
        "time", "request", "key_id", "key", "model", "cli", "cli_version", "api", "streamed", "machine", "status", "result", "outcome",
        "refused_by", "stop_reason", "slot_wait_ms", "first_token_ms", "duration_ms", "input_tokens", "cached_tokens", "output_tokens",
        "thinking_tokens", "ignored",
    ];

    public string Name => LiveName;

    public async Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken)
    {
        var shown = before?.Parameters[nameof(CallsPage.Model)] as CallsModel;
        return new(typeof(CallsPage), new Dictionary<string, object?>
        {
            [nameof(CallsPage.Model)] = await reader.ReadLiveAsync(accountId, shown, cancellationToken),
        });
    }

    public Task ShowAsync(HttpContext context) => ShowAsync(context, openId: null);

    /// <summary>The list with one call opened below its row.</summary>
    public Task ShowOneAsync(HttpContext context) => ShowAsync(context, (string?)context.Request.RouteValues["id"]);

    /// <summary>The filter's calls, the newest first.</summary>
    public async Task DownloadAsync(HttpContext context)
    {
        var (names, calls) = await reader.ReadAllAsync(
            SessionCookie.Of(context)!.AccountId, CallFilter.Read(context.Request.Query), MostRows, context.RequestAborted);
        await CsvDownload.WriteAsync(context, "polydev-calls", Head, calls.Select(call => RowOf(names.ViewOf(call))));
    }

    private static IReadOnlyList<string> RowOf(CallView view)
    {
        var call = view.Call;
        return
        [
            call.BeganAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), call.Id, call.KeyId, view.Key,
            call.Model, call.Provider, call.CliVersion, call.Dialect, call.IsStreamed switch { true => "yes", false => "no", null => "" },
            view.Machine, Text(call.Status), call.Result.ToString(), call.Outcome, call.RefusedBy, call.StopReason,
            Text(call.SlotWaitMilliseconds), Text(call.FirstTokenMilliseconds), Text(call.DurationMilliseconds), Text(call.InputTokens),
            Text(call.CachedTokens), Text(call.OutputTokens), Text(call.ThinkingTokens), call.Ignored,
        ];
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;

    private async Task ShowAsync(HttpContext context, string? openId)
    {
        var filter = CallFilter.Read(context.Request.Query);
        if (await reader.ReadAsync(SessionCookie.Of(context)!.AccountId, filter, openId, context.RequestAborted) is { } model)
        {
            await Page.WriteAsync<CallsPage>(context, (nameof(CallsPage.Model), model));
        }
        else
        {
            await ErrorPages.NotFoundAsync(context);
        }
    }
}

internal static class CallPageEndpoints
{
    public static void MapCalls(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<CallPages>();
        routes.MapPage(PagePaths.Calls, PageRules.RequireAccount, context => pages.ShowAsync(context));
        routes.MapPage(CallPages.OnePath, PageRules.RequireAccount, context => pages.ShowOneAsync(context));
        routes.MapPage(CallPages.CsvPath, PageRules.RequireAccount, context => pages.DownloadAsync(context));
    }
}
