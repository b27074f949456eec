using Dapper;
using Polydev.Broker.Accounts;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// Counts by the database's function <c>admit</c> (Migrations/Postgres): one round trip, and the rows' locks are held no longer.
/// </summary>
internal sealed class PostgresQuotaStore(PostgresDatabase database, TierOptions tiers) : IQuotaStore
{
    private const string Admit =
        "SELECT * FROM admit(@KeyId, @Now, @Hour, @Day, @Month, @TiersHour, @TiersDay, @TiersMonth, @TiersAccount)";

    // As where it counts, the account's row is not locked for as long as a disk takes; and it comes first, as everywhere.
    private const string GiveBack =
        """
        SET LOCAL synchronous_commit = off;
        UPDATE accounts SET month_used = month_used - 1 WHERE id = @AccountId AND month_start = @AccountStart AND month_used > 0;
        UPDATE credentials SET
            hour_used = hour_used - CASE WHEN hour_start = @HourStart AND hour_used > 0 THEN 1 ELSE 0 END,
            day_used = day_used - CASE WHEN day_start = @DayStart AND day_used > 0 THEN 1 ELSE 0 END,
            month_used = month_used - CASE WHEN month_start = @MonthStart AND month_used > 0 THEN 1 ELSE 0 END
            WHERE id = @KeyId
        """;

    private readonly int?[] _hour = LimitsOf(tiers, QuotaWindowKind.Hour);
    private readonly int?[] _day = LimitsOf(tiers, QuotaWindowKind.Day);
    private readonly int?[] _month = LimitsOf(tiers, QuotaWindowKind.Month);
    private readonly int?[] _account = LimitsOf(tiers, QuotaWindowKind.AccountMonth);

    public async ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var starts = QuotaStarts.At(now);
        var asked = new
        {
            KeyId = keyId,
            Now = now.ToUnixTimeMilliseconds(),
            starts.Hour,
            starts.Day,
            starts.Month,
            TiersHour = _hour,
            TiersDay = _day,
            TiersMonth = _month,
            TiersAccount = _account,
        };
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            new CommandDefinition(Admit, asked, cancellationToken: cancellationToken));
        return row is null ? null : new Admission(keyId, row.AccountId, row.StateAt(starts, tiers), row.IsCounted);
    }

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
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(GiveBack, counted, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
    }

    public async ValueTask<QuotaState?> ReadAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var counts = await database.FindAsync<QuotaCounts>(QuotaRows.Select, new { KeyId = keyId }, cancellationToken);
        return counts?.StateAt(QuotaStarts.At(now), tiers);
    }

    // The tiers' numbers are the indexes, and PostgreSQL's arrays begin at 1.
    private static int?[] LimitsOf(TierOptions tiers, QuotaWindowKind window) =>
        [.. Enum.GetValues<AccountTier>().Order().Select(tier => tiers.Of(tier).Limit(window))];

    private sealed record Row : QuotaCounts
    {
        public required bool IsCounted { get; init; }
    }
}
