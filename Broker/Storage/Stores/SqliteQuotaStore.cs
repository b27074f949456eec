using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// Counts under SQLite's one write lock, on a connection of its own, whose statements are parsed once. Calls that come together are counted
/// in one transaction: its begin and its commit cost several times what a count in it does.
/// </summary>
internal sealed class SqliteQuotaStore(SqliteDatabase database, TierOptions tiers) : QuotaStore(database, tiers), IDisposable
{
    private const long MillisecondsAnHour = 3_600_000;

    private readonly ConcurrentQueue<Request> _requests = [];
    private int _isRoundComing;
    private Statements? _statements;

    public override ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var request = new Request(keyId, now, cancellationToken);
        _requests.Enqueue(request);
        if (Interlocked.Exchange(ref _isRoundComing, 1) == 0)
        {
            _ = RoundAsync();
        }

        return new ValueTask<Admission?>(request.Task);
    }

    public void Dispose() => _statements?.Dispose();

    /// <summary>Throws nothing: the requests are told of it.</summary>
    private async Task RoundAsync()
    {
        // Behind the calls that are about to be read: they then come with this one.
        await Task.Yield();
        using var turn = await database.TurnToWriteAsync(CancellationToken.None);

        // Whoever comes from here on begins another round, which waits for this one's end. A full fence: who still saw this one coming is
        // among those that are taken.
        Interlocked.Exchange(ref _isRoundComing, 0);
        var round = new List<Request>();
        for (var left = _requests.Count; left > 0 && _requests.TryDequeue(out var request); left--)
        {
            if (request.IsStillWanted())
            {
                round.Add(request);
            }
        }

        if (round.Count > 0)
        {
            await CountAsync(round);
        }
    }

    private async Task CountAsync(List<Request> round)
    {
        try
        {
            _statements ??= Statements.On((SqliteConnection)await database.OpenAsync(CancellationToken.None));
            _statements.Begin.Run();
            foreach (var alike in round.GroupBy(request => (request.KeyId, request.Now / MillisecondsAnHour)))
            {
                Admit(_statements, alike.Key.KeyId, alike.Max(request => request.Now), alike);
            }

            _statements.Commit.Run();
            round.ForEach(request => request.SetResult(request.Admission));
        }
        catch (Exception e)
        {
            // It may stand in a transaction: it must not come back from the pool.
            _statements?.Discard();
            _statements = null;
            round.ForEach(request => request.TrySetException(e));
        }
    }

    // Found once, and counted once, for all that are counted in the same windows: none begins within an hour.
    private void Admit(Statements statements, string keyId, long now, IEnumerable<Request> requests)
    {
        if (statements.Find(keyId, now) is not { } counts)
        {
            return;
        }

        var found = counts.StateAt(QuotaStarts.At(DateTimeOffset.FromUnixTimeMilliseconds(now)), Tiers);
        var state = found;
        foreach (var request in requests)
        {
            var isCounted = state.Exhausted is null;
            state = isCounted ? state.Plus(1) : state;
            request.Admission = new Admission(keyId, counts.AccountId, state, isCounted);
        }

        if (state != found)
        {
            statements.Count(keyId, counts.AccountId, state);
        }
    }

    /// <summary>A call that asks to be counted.</summary>
    private sealed class Request(string keyId, DateTimeOffset now, CancellationToken cancellation)
        : TaskCompletionSource<Admission?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string KeyId => keyId;

        /// <summary>Unix milliseconds.</summary>
        public long Now { get; } = now.ToUnixTimeMilliseconds();

        /// <summary>What it is told once that has been committed; null where there is no such key.</summary>
        public Admission? Admission { get; set; }

        /// <summary>Not where its caller left before it was counted, who is then told so.</summary>
        public bool IsStillWanted() => !cancellation.IsCancellationRequested || !TrySetCanceled(cancellation);
    }

    /// <summary>What is asked of the one connection, parsed.</summary>
    private sealed class Statements : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteStatement _find;
        private readonly SqliteStatement _countAccount;
        private readonly SqliteStatement _countKey;

        private Statements(SqliteConnection connection)
        {
            _connection = connection;
            Begin = new SqliteStatement(connection, "BEGIN IMMEDIATE");
            Commit = new SqliteStatement(connection, "COMMIT");
            _find = new SqliteStatement(
                connection, $"{Select} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @Now)");
            _countAccount = new SqliteStatement(
                connection, "UPDATE accounts SET month_start = @Start, month_used = @Used WHERE id = @Id");
            _countKey = new SqliteStatement(
                connection,
                """
                UPDATE credentials SET
                    hour_start = @HourStart, hour_used = @HourUsed, day_start = @DayStart, day_used = @DayUsed,
                    month_start = @MonthStart, month_used = @MonthUsed
                    WHERE id = @Id
                """);
        }

        public static Statements On(SqliteConnection connection)
        {
            try
            {
                return new Statements(connection);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }

        public SqliteStatement Begin { get; }

        public SqliteStatement Commit { get; }

        public QuotaCounts? Find(string keyId, long now)
        {
            _find.Bind(0, keyId);
            _find.Bind(1, now);
            if (!_find.Step())
            {
                return null;
            }

            var counts = new QuotaCounts
            {
                AccountId = _find.Text(0),
                Tier = (int)_find[1],
                PerHour = _find.OptionalNumber(2),
                PerDay = _find.OptionalNumber(3),
                PerMonth = _find.OptionalNumber(4),
                HourStart = _find[5],
                HourUsed = (int)_find[6],
                DayStart = _find[7],
                DayUsed = (int)_find[8],
                MonthStart = _find[9],
                MonthUsed = (int)_find[10],
                AccountStart = _find[11],
                AccountUsed = (int)_find[12],
            };
            _find.Reset();
            return counts;
        }

        public void Count(string keyId, string accountId, QuotaState state)
        {
            Run(_countAccount, accountId, state.AccountMonth);
            Run(_countKey, keyId, state.Hour, state.Day, state.Month);
        }

        public void Dispose()
        {
            foreach (var statement in (SqliteStatement[])[Begin, Commit, _find, _countAccount, _countKey])
            {
                statement.Dispose();
            }

            _connection.Dispose();
        }

        /// <summary>Closes the connection for good. The pool's others are opened anew.</summary>
        public void Discard()
        {
            SqliteConnection.ClearPool(_connection);
            Dispose();
        }

        private static void Run(SqliteStatement update, string id, params ReadOnlySpan<QuotaWindow> windows)
        {
            var index = 0;
            foreach (var window in windows)
            {
                update.Bind(index++, window.Start);
                update.Bind(index++, window.Used);
            }

            update.Bind(index, id);
            update.Run();
        }
    }
}
