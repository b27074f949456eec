using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Usage;

/// <summary>What the chart of the days shows; it stands in the address: <c>?m=tokens&amp;by=key</c>.</summary>
public sealed record UsageChoice(UsageMeasure Measure, UsageSplit By)
{
    public static UsageChoice Default { get; } = new(UsageMeasure.Calls, UsageSplit.Model);

    public string Path => $"{PagePaths.Usage}?m={Measure.Name}&by={By.Name}";

    internal static UsageChoice Read(IQueryCollection query) => new(
        UsageMeasure.All.FirstOrDefault(measure => measure.Name == query["m"]) ?? Default.Measure,
        UsageSplit.All.FirstOrDefault(split => split.Name == query["by"]) ?? Default.By);
}

/// <param name="One">Within a sentence: "1 call".</param>
public sealed record UsageMeasure(string Name, string Title, string One)
{
    public static UsageMeasure Calls { get; } = new("calls", "Calls", "call");

    /// <summary>Asked and answered.</summary>
    public static UsageMeasure Tokens { get; } = new("tokens", "Tokens", "token");

    public static IReadOnlyList<UsageMeasure> All { get; } = [Calls, Tokens];

    public long Of(UsageTotals totals) => this == Tokens ? totals.InputTokens + totals.OutputTokens : totals.Calls;
}

/// <param name="InSentence">"stacked by model".</param>
public sealed record UsageSplit(string Name, string Title, string InSentence, UsageGrouping Grouping)
{
    public static UsageSplit Model { get; } = new("model", "Model", "model", UsageGrouping.ModelOfProvider);

    public static UsageSplit Cli { get; } = new("cli", "CLI", "CLI", UsageGrouping.Provider);

    public static UsageSplit Key { get; } = new("key", "Key", "key", UsageGrouping.Key);

    public static IReadOnlyList<UsageSplit> All { get; } = [Model, Cli, Key];
}
