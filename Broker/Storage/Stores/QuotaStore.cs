using System.Data;
using Dapper;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>The counters, which stand in the rows of keys and accounts. How a call is counted is each database's own.</summary>
internal abstract class QuotaStore(Database database, TierOptions tiers) : IQuotaStore
{
    protected const string Select =
        """
        SELECT k.account_id AS AccountId, a.tier AS Tier, k.per_hour AS PerHour, k.per_day AS PerDay, k.per_month AS PerMonth,
               k.hour_start AS HourStart, k.hour_used AS HourUsed, k.day_start AS DayStart, k.day_used AS DayUsed,
               k.month_start AS MonthStart, k.month_used AS MonthUsed, a.month_start AS AccountStart, a.month_used AS AccountUsed
        FROM credentials k JOIN accounts a ON a.id = k.account_id
        WHERE k.id = @KeyId AND k.kind = 1
        """;

    // The account first, as everywhere.
    private const string GiveBack =
        """
        UPDATE accounts SET month_used = month_used - 1 WHERE id = @AccountId AND month_start = @AccountStart AND month_used > 0;
        UPDATE credentials SET
            hour_used = hour_used - CASE WHEN hour_start = @HourStart AND hour_used > 0 THEN 1 ELSE 0 END,
            day_used = day_used - CASE WHEN day_start = @DayStart AND day_used > 0 THEN 1 ELSE 0 END,
            month_used = month_used - CASE WHEN month_start = @MonthStart AND month_used > 0 THEN 1 ELSE 0 END
            WHERE id = @KeyId
        """;

    protected TierOptions Tiers { get; } = tiers;

    /// <summary>SQL that stands before a count is given back, in its transaction.</summary>
    protected virtual string BeforeGivingBack => string.Empty;

    public abstract ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken);

    public async ValueTask GiveBackAsync(Admission admission, CancellationToken cancellationToken)
    {
        var state = admission.State;
        var counted = new
        {
            admission.KeyId,
            admission.AccountId,
            HourStart = state.Hour.Start,
            DayStart = state.Day.Start,
            MonthStart = state.Month.Start,
            AccountStart = state.AccountMonth.Start,
        };
        using var turn = await database.TurnToWriteAsync(cancellationToken);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        await connection.ExecuteAsync(
            new CommandDefinition(BeforeGivingBack + GiveBack, counted, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }

    public async ValueTask<QuotaState?> ReadAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var counts = await database.FindAsync<QuotaCounts>(Select, new { KeyId = keyId }, cancellationToken);
        return counts?.StateAt(QuotaStarts.At(now), Tiers);
    }
}
