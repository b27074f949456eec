using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Errors;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Calls;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Machines;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Overview;

/// <summary>The owner's first page: do calls work, and if not, why?</summary>
internal sealed class OverviewPages(
    MachineDirectory machines, ApiKeyDirectory keys, IUsageStore usage, RunningCalls running, FrameReader frames, TimeProvider time)
    : ILivePage
{
    public const string LiveName = "overview";

    private const int MostCalls = 8;

    // Of a day with more the latest are drawn.
    private const int MostDrawn = 4000;

    private static readonly TimeSpan DrawnFor = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    public string Name => LiveName;

    public async Task ShowAsync(HttpContext context) =>
        await Page.WriteAsync(context, await ReadAsync(SessionCookie.Of(context)!.AccountId, null, context.RequestAborted));

    public async Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken)
    {
        var model = await ModelAsync(accountId, cancellationToken);
        var drawn = before?.Parameters[nameof(OverviewPage.Day)] as DrawnDay;
        return new(typeof(OverviewPage), new Dictionary<string, object?>
        {
            [nameof(OverviewPage.Model)] = model,
            [nameof(OverviewPage.Day)] = drawn is not null && time.GetUtcNow() - drawn.At < DrawnFor
                ? drawn
                : await DrawAsync(accountId, model, cancellationToken),
        });
    }

    private async Task<DrawnDay> DrawAsync(string accountId, OverviewModel model, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (model.Counts.All == 0)
        {
            return new DrawnDay(now, [], await PaceAsync(accountId, now, cancellationToken));
        }

        var calls = new List<ChartedCall>();
        var day = new CallQuery { AccountId = accountId, From = now - Day };
        await foreach (var call in usage.ReadAsync(day, MostDrawn, cancellationToken))
        {
            calls.Add(model.Names.ChartOf(call));
        }

        return new DrawnDay(now, calls, await PaceAsync(accountId, now, cancellationToken));
    }

    private async Task<MonthPace> PaceAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var week = new UsageQuery { AccountId = accountId, From = today.AddDays(1 - MonthPace.Days), To = today };
        return new MonthPace((await usage.SumsAsync(week, cancellationToken)).Sum(sum => sum.Totals.Calls - sum.Totals.Failed));
    }

    private async Task<OverviewModel> ModelAsync(string accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var allMachines = await machines.ListAsync(accountId, cancellationToken);
        var allKeys = await keys.ListAsync(accountId, cancellationToken);
        var known = allMachines.Where(machine => machine.Token.IsGoodAt(now)).OrderByDescending(machine => machine.IsOnline).ToList();
        var offlineSince = known.Exists(machine => machine.IsOnline) ? null : known.Max(MachineWords.OfflineSince);
        var day = new CallQuery { AccountId = accountId, From = now - Day, PageSize = MostCalls };
        var shown = offlineSince is { } since ? day with { From = since, Outcome = nameof(ApiErrorKind.TunnelOffline) } : day;
        var runs = running.Of(accountId);
        var calls = (await usage.ListAsync(shown, cancellationToken)).Calls;
        runs = [.. CallsReader.StillRunning(runs, calls)];
        var names = new CallNames(allKeys, allMachines);
        return new OverviewModel
        {
            Frame = await frames.ReadAsync(accountId, allKeys, allMachines, cancellationToken),
            Keys = [.. allKeys.Where(key => key.IsGoodAt(now))],
            Machines = known,
            IsFirstRun = calls.All(call => call.Result != CallResult.Answered)
                && !await HasAnsweredAsync(accountId, now, cancellationToken),
            Counts = await usage.CountAsync(day, cancellationToken),
            Figures = await usage.FiguresAsync(day, cancellationToken),
            Names = names,
            Running = runs.Count,
            Calls = [.. (offlineSince is null ? runs : []).Select(names.RunningOf).Concat(calls.Select(names.ViewOf)).Take(MostCalls)],
            OfflineSince = offlineSince,
            Refused = offlineSince is null ? 0 : (await usage.CountAsync(shown, cancellationToken)).All,
        };
    }

    // A call's row goes after some weeks; that there were calls stands longer, in the days' totals.
    private async Task<bool> HasAnsweredAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var answered = new CallQuery { AccountId = accountId, Result = CallResult.Answered, PageSize = 1 };
        if ((await usage.ListAsync(answered, cancellationToken)).Calls.Count > 0)
        {
            return true;
        }

        var ever = new UsageQuery { AccountId = accountId, From = DateOnly.MinValue, To = DateOnly.FromDateTime(now.UtcDateTime) };
        return (await usage.SumsAsync(ever, cancellationToken)).Any(sum => sum.Totals.OutputTokens > 0);
    }
}

internal static class OverviewPageEndpoints
{
    public static void MapOverview(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<OverviewPages>();
        routes.MapPage(PagePaths.Overview, PageRules.RequireAccount, context => pages.ShowAsync(context));
    }
}
