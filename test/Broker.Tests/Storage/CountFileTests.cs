using Dapper;
using Microsoft.Data.Sqlite;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Storage;

/// <summary>What counts stand in, and how it and the database stay one.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CountFileTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Counters Some = new(1, 2, 3, 4, 5, 6);

    private readonly TemporaryDatabase _temporary = new();
    private readonly List<CountFile> _opened = [];

    private string Path => System.IO.Path.Combine(_temporary.Root, CountFile.FileName);

    public void Dispose()
    {
        _opened.ForEach(file => file.Dispose());
        _temporary.Dispose();
    }

    [Test]
    public void PlaceOf_CountedByAnotherProcess_IsWhereItStands()
    {
        var (one, other) = (Open(), Open());
        using (var turn = one.Take())
        {
            turn[turn.PlaceOf(CountedKind.Key, "a", default)] = Some;
            turn.PlaceOf(CountedKind.Account, "a", default);
        }

        using (var turn = other.Take())
        {
            Assert.That(turn[turn.PlaceOf(CountedKind.Key, "a", default)], Is.EqualTo(Some));
            Assert.That(turn[turn.PlaceOf(CountedKind.Account, "a", Some)], Is.EqualTo(default(Counters)), "an account of the same id");
            turn[turn.PlaceOf(CountedKind.Key, "b", default)] = Some with { HourUsed = 9 };
        }

        using (var turn = one.Take())
        {
            Assert.That(turn[turn.PlaceOf(CountedKind.Key, "b", default)].HourUsed, Is.EqualTo(9));
        }
    }

    /// <summary>What a writer that was killed, or a full disk, leaves behind of a record.</summary>
    [Test]
    public void PlaceOf_RecordCutShort_IsWrittenOver()
    {
        using (var turn = Open().Take())
        {
            turn[turn.PlaceOf(CountedKind.Key, "whole", default)] = Some;
        }

        using (var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Write([2, 5, 1, 1, 1]);
        }

        using (var turn = Open().Take())
        {
            Assert.That(turn[turn.PlaceOf(CountedKind.Key, "next", Some)], Is.EqualTo(Some));
        }

        using var again = Open().Take();
        Assert.That(again[again.PlaceOf(CountedKind.Key, "whole", default)], Is.EqualTo(Some));
        Assert.That(again[again.PlaceOf(CountedKind.Key, "next", default)], Is.EqualTo(Some));
    }

    [Test]
    public void Stored_CountedFurtherMeanwhile_StaysNews()
    {
        var file = Open();
        using var turn = file.Take();
        var (still, further) = (turn.PlaceOf(CountedKind.Key, "still", default), turn.PlaceOf(CountedKind.Key, "further", default));
        turn[still] = turn[further] = Some;
        var news = turn.News();
        Assert.That(news.Select(counted => counted.Id), Is.EqualTo(new[] { "still", "further" }));

        turn[further] = Some with { HourUsed = 3 };
        turn.Stored(news);

        Assert.That(turn.News().Select(counted => (counted.Id, counted.Counters.HourUsed)), Is.EqualTo(new[] { ("further", 3L) }));
    }

    [Test]
    public void Take_HeldByAnother_IsBusyInTheEnd()
    {
        var (one, other) = (Open(), Open(TimeSpan.FromMilliseconds(20)));
        using (one.Take())
        {
            Assert.That(
                () => other.Take().Dispose(), Throws.InstanceOf<SqliteException>().With.Message.Contains("held by another process"));
        }

        Assert.That(() => other.Take().Dispose(), Throws.Nothing);
    }

    /// <summary>.NET locks what it opens, and does not wait for it.</summary>
    [Test]
    public void Open_HeldByAnother_WaitsAndIsBusyInTheEnd()
    {
        using (Open().Take())
        {
            Assert.That(
                () => Open(TimeSpan.FromMilliseconds(20)),
                Throws.InstanceOf<SqliteException>().With.Message.Contains("held by another process"));
        }

        Assert.That(() => Open(TimeSpan.FromMilliseconds(20)), Throws.Nothing);
    }

    /// <summary>Processes come and go while others count: none is turned away.</summary>
    [Test]
    public async Task Open_WhileOthersCount_IsLetIn()
    {
        var counting = Open();
        var isOver = false;
        var counts = Task.Run(() =>
        {
            for (var call = 0; !Volatile.Read(ref isOver); call++)
            {
                using var turn = counting.Take();
                turn[turn.PlaceOf(CountedKind.Key, "a", default)] = Some with { HourUsed = call };
            }
        });

        for (var process = 0; process < 200; process++)
        {
            CountFile.Open(Path, TimeSpan.FromSeconds(30)).Dispose();
        }

        Volatile.Write(ref isOver, true);
        await counts.DefaultTimeout();
    }

    [Test]
    public void Open_AnotherFile_IsRefusedAndKept()
    {
        File.WriteAllText(Path, "my notes");

        Assert.That(
            () => CountFile.Open(Path, TimeSpan.FromSeconds(1)),
            Throws.InstanceOf<StorageException>().With.Message.Contains("does not hold counts"));
        Assert.That(File.ReadAllText(Path), Is.EqualTo("my notes"));
    }

    /// <summary>A data folder of before, where counts stood in the database alone.</summary>
    [Test]
    public async Task Admit_CountedInTheDatabaseBefore_GoesOnFromThere()
    {
        var database = _temporary.Open();
        await NewKeyAsync(database);
        await using var connection = await database.OpenAsync(default);
        var now = QuotaStarts.At(Noon);
        await connection.ExecuteAsync(
            """
            UPDATE credentials
            SET hour_start = @Hour, hour_used = 7, day_start = @Day, day_used = 8, month_start = @Month, month_used = 9
            """,
            now);
        await connection.ExecuteAsync("UPDATE accounts SET month_start = @Month, month_used = 11", now);

        var admission = await _temporary.OpenQuotas(new TierOptions()).AdmitAsync("key", Noon, default);

        Assert.That(admission!.State.All.Select(window => window.Used), Is.EqualTo(new[] { 8, 9, 10, 12 }));
    }

    /// <summary>Who reads the database, or has it alone, as of a copy or an older version, finds what has been counted.</summary>
    [Test]
    public async Task StoreCounts_OfTwoProcesses_AreInTheDatabase()
    {
        var database = _temporary.Open();
        await NewKeyAsync(database);
        IQuotaStore[] brokers = [_temporary.OpenQuotas(new TierOptions()), _temporary.OpenQuotas(new TierOptions())];
        await brokers[0].AdmitAsync("key", Noon, default);
        await brokers[1].AdmitAsync("key", Noon, default);

        await database.StoreCountsAsync(default);

        File.Delete(System.IO.Path.Combine(_temporary.DataFolder, CountFile.FileName));
        var state = await _temporary.OpenQuotas(new TierOptions()).ReadAsync("key", Noon, default);
        Assert.That(state!.All.Select(window => window.Used), Is.All.EqualTo(2));
    }

    /// <summary>By an earlier version, or by a process that was killed between its commit and its note.</summary>
    [Test]
    public async Task Admit_RevokedWithoutANote_IsNullAfterHalfASecond()
    {
        var database = _temporary.Open();
        await NewKeyAsync(database);
        var quotas = _temporary.OpenQuotas(new TierOptions());
        await quotas.AdmitAsync("key", Noon, default);
        await database.ExecuteAsync("UPDATE credentials SET revoked_at = 1", new { }, default);

        var remembered = await quotas.AdmitAsync("key", Noon + TimeSpan.FromMilliseconds(499), default);
        var read = await quotas.AdmitAsync("key", Noon + TimeSpan.FromMilliseconds(500), default);

        Assert.That(remembered, Is.Not.Null);
        Assert.That(read, Is.Null);
    }

    [Test]
    public void NoteKeyChange_ByAnother_IsSeenAndLeavesCountsAlone()
    {
        var (one, other) = (Open(), Open());
        using (var turn = one.Take())
        {
            turn[turn.PlaceOf(CountedKind.Key, "a", default)] = Some;
            turn.NoteKeyChange();
            turn.NoteKeyChange();
        }

        using (var turn = other.Take())
        {
            Assert.That(turn.KeyChanges, Is.EqualTo(2));
            Assert.That(turn[turn.PlaceOf(CountedKind.Key, "a", default)], Is.EqualTo(Some));
        }
    }

    private static async Task NewKeyAsync(Database database)
    {
        await new AccountStore(database).CreateAsync(
            new Account { Id = "ann", Name = "ann", Tier = AccountTier.Free, CreatedAt = Noon }, default);
        var key = new Credential { Id = "key", Kind = CredentialKind.ApiKey, AccountId = "ann", Name = "test", CreatedAt = Noon };
        await new CredentialStore(database).CreateAsync(new StoredCredential(key, [1]), default);
    }

    private CountFile Open(TimeSpan? mostWait = null)
    {
        if (!File.Exists(Path))
        {
            File.WriteAllBytes(Path, []);
        }

        var file = CountFile.Open(Path, mostWait ?? TimeSpan.FromSeconds(30));
        _opened.Add(file);
        return file;
    }
}
