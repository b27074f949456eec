using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Usage;

/// <summary>What the page of usage shows.</summary>
public sealed record UsageModel
{
    public required FrameModel Frame { get; init; }

    /// <summary>When it was read, but for the windows, which may be newer.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    public required MonthPace Pace { get; init; }

    internal WindowTable Windows { get; init; } = null!;

    public required UsageChoice Choice { get; init; }

    public required BarChart Chart { get; init; }

    /// <summary>By CLI, and those with the most calls first.</summary>
    public required IReadOnlyList<UsageOfName> Models { get; init; }

    /// <summary>Of them all.</summary>
    public required UsageTotals Totals { get; init; }
}

/// <summary>The three windows of one key, or of the account.</summary>
/// <param name="Path">The key's page; null: it has none.</param>
/// <param name="AccountLeft">What the account's month still allows, where that ends the key before its own month does; else null.</param>
public sealed record WindowRow(string Name, string? Path, QuotaWindow Hour, QuotaWindow Day, QuotaWindow Month, int? AccountLeft = null)
{
    /// <summary>Below the name.</summary>
    public string? Sub { get; init; }

    public bool IsAccount { get; init; }

    /// <summary>Of the row's cells in the page.</summary>
    public string Id { get; init; } = string.Empty;
}
