using System.Globalization;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Quotas;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Usage;

/// <summary>For the owner who plans, or whose call was refused: what is used up, what is left, until when?</summary>
internal sealed class UsagePages(
    IUsageStore usage, IAccountStore accounts, ApiKeyDirectory keys, MachineDirectory machines, TierOptions tiers, TimeProvider time)
    : ILivePage
{
    public const string LiveName = "usage";

    public const string CsvPath = $"{PagePaths.Usage}.csv";

    // Of a live page: days and models are read anew each minute, not each second.
    private static readonly TimeSpan ReadFor = TimeSpan.FromMinutes(1);

    private static readonly string[] Head =
    [
        "model", "cli", "calls", "failed", "input_tokens", "cached_tokens", "output_tokens", "thinking_tokens",
    ];

    public string Name => LiveName;

    public async Task ShowAsync(HttpContext context) => await Page.WriteAsync<UsagePage>(
        context,
        (nameof(UsagePage.Model), await ReadAsync(
            SessionCookie.Of(context)!.AccountId, UsageChoice.Read(context.Request.Query), null, context.RequestAborted)));

    /// <summary>The windows. What else is shown is no part that is sent, and serves the sentence on the account's pace.</summary>
    public async Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken)
    {
        var shown = before?.Parameters[nameof(UsagePage.Model)] as UsageModel;
        return new(typeof(UsagePage), new Dictionary<string, object?>
        {
            [nameof(UsagePage.Model)] = await ReadAsync(accountId, UsageChoice.Default, shown, cancellationToken),
        });
    }

    /// <summary>The rows of the table by model.</summary>
    public async Task DownloadAsync(HttpContext context)
    {
        var viewer = Viewer.Of(context);
        var today = DayOf(viewer.Now);
        var rows = await ModelsAsync(viewer.AccountId, today, context.RequestAborted);
        await CsvDownload.WriteAsync(
            context,
            string.Create(
                CultureInfo.InvariantCulture, $"polydev-usage-{today.AddDays(1 - DayChart.Days):yyyy-MM-dd}-to-{today:yyyy-MM-dd}"),
            Head,
            rows.Select(RowOf).ToAsyncEnumerable());
    }

    private static IReadOnlyList<string> RowOf(UsageOfName model) =>
    [
        model.Name, model.Provider, .. new[]
        {
            model.Totals.Calls, model.Totals.Failed, model.Totals.InputTokens, model.Totals.CachedTokens, model.Totals.OutputTokens,
            model.Totals.ThinkingTokens,
        }.Select(number => number.ToString(CultureInfo.InvariantCulture)),
    ];

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private static UsageTotals SumOf(IEnumerable<UsageTotals> all) => all.Aggregate(default(UsageTotals), (sum, one) => new UsageTotals(
        sum.Calls + one.Calls,
        sum.Failed + one.Failed,
        sum.InputTokens + one.InputTokens,
        sum.CachedTokens + one.CachedTokens,
        sum.OutputTokens + one.OutputTokens,
        sum.ThinkingTokens + one.ThinkingTokens));

    private static UsageQuery QueryOf(string accountId, DateOnly today, UsageGrouping by) =>
        new() { AccountId = accountId, From = today.AddDays(1 - DayChart.Days), To = today, By = by };

    private async Task<UsageModel> ReadAsync(
        string accountId, UsageChoice choice, UsageModel? before, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var account = await accounts.FindAsync(accountId, cancellationToken)
            ?? throw new InvalidOperationException("The account of this session has gone.");
        var all = await keys.ListAsync(accountId, cancellationToken);
        var windows = new WindowTable(account, all, tiers, now);
        var frame = FrameModel.Of(account, all, await machines.ListAsync(accountId, cancellationToken), now);
        if (before is not null && now - before.ReadAt < ReadFor)
        {
            return before with { Frame = frame, Windows = windows };
        }

        var today = DayOf(now);
        var names = all.ToDictionary(key => key.Id, key => key.Name);
        var days = await usage.DaysAsync(QueryOf(accountId, today, choice.By.Grouping), cancellationToken);
        var models = await ModelsAsync(accountId, today, cancellationToken);
        var week = days.Where(day => day.Day > today.AddDays(-MonthPace.Days)).Sum(day => day.Totals.Calls - day.Totals.Failed);
        return new UsageModel
        {
            Frame = frame,
            ReadAt = now,
            Windows = windows,
            Pace = new MonthPace(week),
            Choice = choice,
            Chart = DayChart.Of(choice, days, today, id => names.GetValueOrDefault(id, id)),
            Models = models,
            Totals = SumOf(models.Select(model => model.Totals)),
        };
    }

    private async Task<IReadOnlyList<UsageOfName>> ModelsAsync(string accountId, DateOnly today, CancellationToken cancellationToken)
    {
        var sums = await usage.SumsAsync(QueryOf(accountId, today, UsageGrouping.ModelOfProvider), cancellationToken);
        return [.. sums.OrderBy(sum => CliFills.Order(sum.Provider)).ThenByDescending(sum => sum.Totals.Calls)];
    }
}

internal static class UsagePageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<UsagePages>();
        routes.MapPage(PagePaths.Usage, PageRules.RequireAccount, context => pages.ShowAsync(context));
        routes.MapPage(UsagePages.CsvPath, PageRules.RequireAccount, context => pages.DownloadAsync(context));
    }
}
