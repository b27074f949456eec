using Microsoft.Data.Sqlite;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// Counts under SQLite's one write lock, on a connection of its own, whose statements are parsed once. This process's own callers take
/// turns before it: SQLite lets who waits sleep.
/// </summary>
internal sealed class SqliteQuotaStore(SqliteDatabase database, TierOptions tiers) : QuotaStore(database, tiers), IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Statements? _statements;

    public override async ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _statements ??= Statements.On((SqliteConnection)await database.OpenAsync(cancellationToken));
            return Admit(_statements, keyId, now);
        }
        catch
        {
            // It may stand in a transaction: it must not come back from the pool.
            _statements?.Discard();
            _statements = null;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _statements?.Dispose();
        _turn.Dispose();
    }

    private Admission? Admit(Statements statements, string keyId, DateTimeOffset now)
    {
        statements.Begin.ExecuteNonQuery();
        var counts = statements.Find(keyId, now.ToUnixTimeMilliseconds());
        var state = counts?.StateAt(QuotaStarts.At(now), Tiers);
        if (state is { Exhausted: null })
        {
            state = state.Plus(1);
            statements.Count(keyId, counts!.AccountId, state);
            statements.Commit.ExecuteNonQuery();
            return new Admission(keyId, counts.AccountId, state, IsCounted: true);
        }

        statements.Rollback.ExecuteNonQuery();
        return state is null ? null : new Admission(keyId, counts!.AccountId, state, IsCounted: false);
    }

    /// <summary>What is asked of the one connection, parsed.</summary>
    private sealed class Statements : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteCommand _find;
        private readonly SqliteCommand _countAccount;
        private readonly SqliteCommand _countKey;

        private Statements(SqliteConnection connection)
        {
            _connection = connection;
            Begin = Prepare("BEGIN IMMEDIATE");
            Commit = Prepare("COMMIT");
            Rollback = Prepare("ROLLBACK");
            _find = Prepare($"{Select} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @Now)", "@KeyId", "@Now");
            _countAccount = Prepare(
                "UPDATE accounts SET month_start = @Start, month_used = @Used WHERE id = @Id", "@Start", "@Used", "@Id");
            _countKey = Prepare(
                """
                UPDATE credentials SET
                    hour_start = @HourStart, hour_used = @HourUsed, day_start = @DayStart, day_used = @DayUsed,
                    month_start = @MonthStart, month_used = @MonthUsed
                    WHERE id = @Id
                """,
                "@HourStart",
                "@HourUsed",
                "@DayStart",
                "@DayUsed",
                "@MonthStart",
                "@MonthUsed",
                "@Id");
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

        public SqliteCommand Begin { get; }

        public SqliteCommand Commit { get; }

        public SqliteCommand Rollback { get; }

        public QuotaCounts? Find(string keyId, long now)
        {
            Set(_find, keyId, now);
            using var row = _find.ExecuteReader();
            return row.Read()
                ? new QuotaCounts
                {
                    AccountId = row.GetString(0),
                    Tier = row.GetInt32(1),
                    PerHour = row.IsDBNull(2) ? null : row.GetInt32(2),
                    PerDay = row.IsDBNull(3) ? null : row.GetInt32(3),
                    PerMonth = row.IsDBNull(4) ? null : row.GetInt32(4),
                    HourStart = row.GetInt64(5),
                    HourUsed = row.GetInt32(6),
                    DayStart = row.GetInt64(7),
                    DayUsed = row.GetInt32(8),
                    MonthStart = row.GetInt64(9),
                    MonthUsed = row.GetInt32(10),
                    AccountStart = row.GetInt64(11),
                    AccountUsed = row.GetInt32(12),
                }
                : null;
        }

        public void Count(string keyId, string accountId, QuotaState state)
        {
            Set(_countAccount, state.AccountMonth.Start, state.AccountMonth.Used, accountId);
            _countAccount.ExecuteNonQuery();
            Set(
                _countKey,
                state.Hour.Start,
                state.Hour.Used,
                state.Day.Start,
                state.Day.Used,
                state.Month.Start,
                state.Month.Used,
                keyId);
            _countKey.ExecuteNonQuery();
        }

        public void Dispose()
        {
            foreach (var command in (SqliteCommand[])[Begin, Commit, Rollback, _find, _countAccount, _countKey])
            {
                command.Dispose();
            }

            _connection.Dispose();
        }

        /// <summary>Closes the connection for good. The pool's others are opened anew.</summary>
        public void Discard()
        {
            SqliteConnection.ClearPool(_connection);
            Dispose();
        }

        // In the order of the names that it was prepared with.
        private static void Set(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (var index = 0; index < values.Length; index++)
            {
                command.Parameters[index].Value = values[index];
            }
        }

        private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
        {
            var command = _connection.CreateCommand();
            command.CommandText = sql;
            foreach (var name in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name, Value = 0 });
            }

            command.Prepare();
            return command;
        }
    }
}
