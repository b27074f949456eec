using Microsoft.Data.Sqlite;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// Counts in <see cref="CountFile"/>. What a key may do is read from the database, on a connection of its own whose statements are parsed
/// once: it runs where it is called, takes some 10 µs, and holds until that file tells of a change, for half a second at most.
/// </summary>
internal sealed class SqliteQuotaStore(SqliteDatabase database, TierOptions tiers) : IQuotaStore, IDisposable
{
    /// <summary>For changes that the file does not tell of: of a version before, or of a process that was killed just then.</summary>
    private static readonly TimeSpan MostRemembered = CredentialCache.Lifetime;

    private readonly Lock _turn = new();

    // Read and changed in a turn at the file.
    private readonly Dictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);
    private SqliteConnection? _connection;
    private SqliteStatement? _findUnrevoked;
    private SqliteStatement? _findAny;

    // The file is opened with the first connection.
    private CountFile Counts
    {
        get
        {
            if (_connection is null)
            {
                lock (_turn)
                {
                    Connect();
                }
            }

            return database.Counts;
        }
    }

    public ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var counts = Counts.Take();
        if (FindGood(keyId, now, counts.KeyChanges) is not { } stored)
        {
            return default;
        }

        var (key, account) = PlacesOf(counts, keyId, stored);
        var state = Counted(stored, counts[key], counts[account]).StateAt(QuotaStarts.At(now), tiers);
        var isCounted = state.Exhausted is null;
        if (isCounted)
        {
            state = state.Plus(1);
            counts[key] = new Counters(
                state.Hour.Start, state.Hour.Used, state.Day.Start, state.Day.Used, state.Month.Start, state.Month.Used);
            counts[account] = new Counters(0, 0, 0, 0, state.AccountMonth.Start, state.AccountMonth.Used);
        }

        return new(new Admission(keyId, stored.AccountId, state, isCounted));
    }

    public ValueTask GiveBackAsync(Admission admission, CancellationToken cancellationToken)
    {
        // Both have their places: the call has been counted there.
        using var counts = Counts.Take();
        var state = admission.State;
        var (key, account) = (
            counts.PlaceOf(CountedKind.Key, admission.KeyId, default), counts.PlaceOf(CountedKind.Account, admission.AccountId, default));
        var (ofKey, ofAccount) = (counts[key], counts[account]);
        counts[key] = ofKey with
        {
            HourUsed = Less(ofKey.HourStart, ofKey.HourUsed, state.Hour),
            DayUsed = Less(ofKey.DayStart, ofKey.DayUsed, state.Day),
            MonthUsed = Less(ofKey.MonthStart, ofKey.MonthUsed, state.Month),
        };
        counts[account] = ofAccount with { MonthUsed = Less(ofAccount.MonthStart, ofAccount.MonthUsed, state.AccountMonth) };
        return default;

        static long Less(long start, long used, QuotaWindow countedIn) => start == countedIn.Start && used > 0 ? used - 1 : used;
    }

    public ValueTask<QuotaState?> ReadAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (FindAny(keyId) is not { } stored)
        {
            return default;
        }

        using var counts = Counts.Take();
        var (key, account) = PlacesOf(counts, keyId, stored);
        return new(Counted(stored, counts[key], counts[account]).StateAt(QuotaStarts.At(now), tiers));
    }

    public void Dispose()
    {
        _findUnrevoked?.Dispose();
        _findAny?.Dispose();
        _connection?.Dispose();
    }

    private static (int Key, int Account) PlacesOf(CountFile.Turn counts, string keyId, QuotaCounts stored) => (
        counts.PlaceOf(
            CountedKind.Key,
            keyId,
            new Counters(stored.HourStart, stored.HourUsed, stored.DayStart, stored.DayUsed, stored.MonthStart, stored.MonthUsed)),
        counts.PlaceOf(CountedKind.Account, stored.AccountId, new Counters(0, 0, 0, 0, stored.AccountStart, stored.AccountUsed)));

    private static QuotaCounts Counted(QuotaCounts stored, Counters key, Counters account) => stored with
    {
        HourStart = key.HourStart,
        HourUsed = (int)key.HourUsed,
        DayStart = key.DayStart,
        DayUsed = (int)key.DayUsed,
        MonthStart = key.MonthStart,
        MonthUsed = (int)key.MonthUsed,
        AccountStart = account.MonthStart,
        AccountUsed = (int)account.MonthUsed,
    };

    private QuotaCounts? FindGood(string keyId, DateTimeOffset now, long changes)
    {
        if (!_remembered.TryGetValue(keyId, out var known) || !known.HoldsAt(now, changes))
        {
            if (FindUnrevoked(keyId) is not { } read)
            {
                return null;
            }

            if (_remembered.Count >= CredentialCache.Capacity)
            {
                _remembered.Clear();
            }

            _remembered[keyId] = known = new Remembered(read, now, changes);
        }

        return known.Row.ExpiresAt <= now.ToUnixTimeMilliseconds() ? null : known.Row;
    }

    private QuotaCounts? FindUnrevoked(string keyId)
    {
        lock (_turn)
        {
            _findUnrevoked ??= Parse($"{QuotaRows.Select} AND k.revoked_at IS NULL");
            _findUnrevoked.Bind(0, keyId);
            return Find(_findUnrevoked);
        }
    }

    private QuotaCounts? FindAny(string keyId)
    {
        lock (_turn)
        {
            _findAny ??= Parse(QuotaRows.Select);
            _findAny.Bind(0, keyId);
            return Find(_findAny);
        }
    }

    private SqliteStatement Parse(string sql) => new(Connect(), sql);

    private SqliteConnection Connect() => _connection ??= (SqliteConnection)database.Open();

    private static QuotaCounts? Find(SqliteStatement statement)
    {
        if (!statement.Step())
        {
            return null;
        }

        var row = new QuotaCounts
        {
            AccountId = statement.Text(0),
            Tier = (int)statement[1],
            PerHour = (int?)statement.OptionalNumber(2),
            PerDay = (int?)statement.OptionalNumber(3),
            PerMonth = (int?)statement.OptionalNumber(4),
            HourStart = statement[5],
            HourUsed = (int)statement[6],
            DayStart = statement[7],
            DayUsed = (int)statement[8],
            MonthStart = statement[9],
            MonthUsed = (int)statement[10],
            AccountStart = statement[11],
            AccountUsed = (int)statement[12],
            ExpiresAt = statement.OptionalNumber(13),
        };
        statement.Reset();
        return row;
    }

    /// <param name="Changes">Of what keys may do, that had been made before it was read.</param>
    private sealed record Remembered(QuotaCounts Row, DateTimeOffset ReadAt, long Changes)
    {
        // With a clock that was set back it is read again.
        public bool HoldsAt(DateTimeOffset now, long changes) =>
            changes == Changes && now >= ReadAt && now - ReadAt < MostRemembered;
    }
}
