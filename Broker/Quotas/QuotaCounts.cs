using Polydev.Broker.Accounts;

namespace Polydev.Broker.Quotas;

/// <summary>What is stored of a key and of its account, as far as its quota goes.</summary>
internal record QuotaCounts
{
    public required string AccountId { get; init; }

    public required int Tier { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    public required long HourStart { get; init; }

    public required int HourUsed { get; init; }

    public required long DayStart { get; init; }

    public required int DayUsed { get; init; }

    public required long MonthStart { get; init; }

    public required int MonthUsed { get; init; }

    public required long AccountStart { get; init; }

    public required int AccountUsed { get; init; }

    /// <summary>Of the key, in unix milliseconds; null: never.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>
    /// The windows as they stand. A window never goes back: with a clock that was set back, calls go on being counted in the later one, so
    /// that none is let in twice.
    /// </summary>
    public QuotaState StateAt(QuotaStarts now, TierOptions tiers)
    {
        var tier = tiers.Of((AccountTier)Tier);
        return new QuotaState(
            Window(QuotaWindowKind.Hour, HourStart, HourUsed, now.Hour, PerHour),
            Window(QuotaWindowKind.Day, DayStart, DayUsed, now.Day, PerDay),
            Window(QuotaWindowKind.Month, MonthStart, MonthUsed, now.Month, PerMonth),
            Window(QuotaWindowKind.AccountMonth, AccountStart, AccountUsed, now.Month, null));

        QuotaWindow Window(QuotaWindowKind kind, long stored, int used, long current, int? own) =>
            new(kind, Math.Max(stored, current), stored >= current ? used : 0, tier.Limit(kind, own));
    }
}
