namespace Polydev.Broker.Storage.Stores;

/// <summary>How the counters of a key and of its account are read, on both databases.</summary>
internal static class QuotaRows
{
    /// <summary>Of the key @KeyId, as <see cref="Quotas.QuotaCounts"/> has them.</summary>
    public const string Select =
        """
        SELECT k.account_id AS AccountId, a.tier AS Tier, k.per_hour AS PerHour, k.per_day AS PerDay, k.per_month AS PerMonth,
               k.hour_start AS HourStart, k.hour_used AS HourUsed, k.day_start AS DayStart, k.day_used AS DayUsed,
               k.month_start AS MonthStart, k.month_used AS MonthUsed, a.month_start AS AccountStart, a.month_used AS AccountUsed,
               k.expires_at AS ExpiresAt
        FROM credentials k JOIN accounts a ON a.id = k.account_id
        WHERE k.id = @KeyId AND k.kind = 1
        """;
}
