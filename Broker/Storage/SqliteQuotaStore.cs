using Dapper;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage;

/// <summary>Counts under SQLite's one write lock. This process's own callers take turns before it: SQLite lets who waits sleep.</summary>
internal sealed class SqliteQuotaStore(SqliteDatabase database, TierOptions tiers) : QuotaStore(database, tiers), IDisposable
{
    private const string Good = " AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @Now)";

    private const string Count =
        """
        UPDATE accounts SET month_start = @AccountStart, month_used = @AccountUsed WHERE id = @AccountId;
        UPDATE credentials SET
            hour_start = @HourStart, hour_used = @HourUsed, day_start = @DayStart, day_used = @DayUsed,
            month_start = @MonthStart, month_used = @MonthUsed
            WHERE id = @KeyId
        """;

    private readonly SemaphoreSlim _turn = new(1, 1);

    public override async ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var counts = connection.QuerySingleOrDefault<QuotaCounts>(
                Select + Good, new { KeyId = keyId, Now = now.ToUnixTimeMilliseconds() }, transaction);
            if (counts is null)
            {
                return null;
            }

            var state = counts.StateAt(QuotaStarts.At(now), Tiers);
            if (state.Exhausted is not null)
            {
                return new Admission(keyId, counts.AccountId, state, IsCounted: false);
            }

            state = state.Plus(1);
            connection.Execute(Count, RowOf(keyId, counts.AccountId, state), transaction);
            await transaction.CommitAsync(cancellationToken);
            return new Admission(keyId, counts.AccountId, state, IsCounted: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static object RowOf(string keyId, string accountId, QuotaState state) => new
    {
        KeyId = keyId,
        AccountId = accountId,
        HourStart = state.Hour.Start,
        HourUsed = state.Hour.Used,
        DayStart = state.Day.Start,
        DayUsed = state.Day.Used,
        MonthStart = state.Month.Start,
        MonthUsed = state.Month.Used,
        AccountStart = state.AccountMonth.Start,
        AccountUsed = state.AccountMonth.Used,
    };
}
