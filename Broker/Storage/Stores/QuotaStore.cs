using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>The counters of keys and accounts. Where they stand, and how a call is counted, is each database's own.</summary>
internal abstract class QuotaStore(TierOptions tiers) : IQuotaStore
{
    protected const string Select =
        """
        SELECT k.account_id AS AccountId, a.tier AS Tier, k.per_hour AS PerHour, k.per_day AS PerDay, k.per_month AS PerMonth,
               k.hour_start AS HourStart, k.hour_used AS HourUsed, k.day_start AS DayStart, k.day_used AS DayUsed,
               k.month_start AS MonthStart, k.month_used AS MonthUsed, a.month_start AS AccountStart, a.month_used AS AccountUsed
        FROM credentials k JOIN accounts a ON a.id = k.account_id
        WHERE k.id = @KeyId AND k.kind = 1
        """;

    protected TierOptions Tiers { get; } = tiers;

    public abstract ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken);

    public abstract ValueTask GiveBackAsync(Admission admission, CancellationToken cancellationToken);

    public abstract ValueTask<QuotaState?> ReadAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken);
}
