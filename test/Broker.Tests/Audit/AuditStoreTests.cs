using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Audit;

/// <summary>What is written down of changes, and read again, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class AuditStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private AuditStore _store = null!;
    private CredentialStore _credentials = null!;

    [SetUp]
    public async Task SetUp()
    {
        _store = new AuditStore(Database);
        _credentials = new CredentialStore(Database);
        foreach (var account in new[] { "ann", "bob" })
        {
            var id = $"key of {account}";
            var key = new Credential { Id = id, Kind = CredentialKind.ApiKey, AccountId = account, Name = "k", CreatedAt = Noon };
            await _credentials.CreateAsync(new StoredCredential(key, [1]), default);
        }
    }

    [Test]
    public async Task List_OfAChange_IsTheSameEntry()
    {
        var entry = SomeEntries.Of(Noon) with { SubjectName = "it's \"quoted\"; DROP TABLE audit;-- 模型 𝒳", Detail = "d" };

        await WriteAsync(entry);

        Assert.That((await _store.ListAsync(new AuditQuery { AccountId = "ann" }, default)).Entries, Is.EqualTo(new[] { entry }));
    }

    /// <summary>Many of the same moment, with some added between the pages.</summary>
    [Test]
    public async Task List_PageByPage_HasAllNewestFirstWithoutGapOrDouble()
    {
        var written = Enumerable.Range(0, 25).Select(number => SomeEntries.Of(Noon.AddMilliseconds(number / 5))).ToList();
        foreach (var entry in written)
        {
            await WriteAsync(entry);
        }

        await WriteAsync(SomeEntries.Of(Noon, "bob"));
        var seen = new List<AuditEntry>();
        for (var query = new AuditQuery { AccountId = "ann", PageSize = 7 }; ;)
        {
            var page = await _store.ListAsync(query, default);
            Assert.That(page.Entries, Has.Count.LessThanOrEqualTo(7));
            seen.AddRange(page.Entries);
            await WriteAsync(SomeEntries.Of(Noon.AddHours(1)));
            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
        }

        Assert.That(seen, Is.EquivalentTo(written));
        Assert.That(seen.Select(entry => entry.At), Is.Ordered.Descending);
    }

    [Test]
    public async Task List_OfAnotherAccountOrBehindItsEntry_FindsNothing()
    {
        var bobs = SomeEntries.Of(Noon.AddHours(1), "bob");
        await WriteAsync(bobs);
        await WriteAsync(SomeEntries.Of(Noon));

        Assert.That((await _store.ListAsync(new AuditQuery { AccountId = "nobody" }, default)).Entries, Is.Empty);
        Assert.That((await _store.ListAsync(new AuditQuery { AccountId = "ann", After = bobs.Id }, default)).Entries, Is.Empty);
        Assert.That((await _store.ListAsync(new AuditQuery { AccountId = "ann", After = "none" }, default)).Entries, Is.Empty);
    }

    [Test]
    public async Task List_OfASubject_HasItsOwnAlone()
    {
        await WriteAsync(SomeEntries.Of(Noon, subject: "k1"));
        await WriteAsync(SomeEntries.Of(Noon, subject: "k2"));

        var found = (await _store.ListAsync(new AuditQuery { AccountId = "ann", SubjectId = "k2" }, default)).Entries;

        Assert.That(found.Select(entry => entry.SubjectId), Is.EqualTo(new[] { "k2" }));
    }

    [Test]
    public async Task Delete_InSteps_TakesTheOldestOfAllAccounts()
    {
        for (var number = 0; number < 6; number++)
        {
            await WriteAsync(SomeEntries.Of(Noon.AddHours(number), number % 2 == 0 ? "ann" : "bob"));
        }

        Assert.That(await _store.DeleteAsync(Noon.AddHours(4), 3, default), Is.EqualTo(3));
        Assert.That(await _store.DeleteAsync(Noon.AddHours(4), 3, default), Is.EqualTo(1));
        Assert.That(await _store.DeleteAsync(Noon.AddHours(4), 3, default), Is.Zero);

        var (anns, bobs) = (new AuditQuery { AccountId = "ann" }, new AuditQuery { AccountId = "bob" });
        Assert.That((await _store.ListAsync(anns, default)).Entries.Single().At, Is.EqualTo(Noon.AddHours(4)));
        Assert.That((await _store.ListAsync(bobs, default)).Entries.Single().At, Is.EqualTo(Noon.AddHours(5)));
    }

    /// <summary>An entry that cannot be written: its id is taken.</summary>
    [Test]
    public async Task Change_WhoseEntryFails_IsNotMade()
    {
        var taken = SomeEntries.Of(Noon);
        await WriteAsync(taken);
        var secret = new StoredCredential(
            new Credential { Id = "new", Kind = CredentialKind.ApiKey, AccountId = "ann", Name = "n", CreatedAt = Noon }, [1]);
        var rotation = new SecretRotation
        {
            AccountId = "ann",
            KeyId = "key of ann",
            SeenNumber = 0,
            SecretHash = [2],
            At = Noon,
        };
        var before = await _credentials.FindAsync(CredentialKind.ApiKey, "key of ann", default);

        Func<Task>[] changes =
        [
            () => _credentials.CreateAsync(secret, 10, taken, default),
            () => _credentials.RevokeAsync(CredentialKind.ApiKey, "ann", "key of ann", taken, default),
            () => _credentials.RenameAsync(CredentialKind.ApiKey, "ann", "key of ann", "other", taken, default),
            () => _credentials.SetLimitsAsync("ann", "key of ann", new KeyLimits(1, 1, 1), taken, default),
            () => _credentials.RotateAsync(rotation, taken, default),
            () => new AccountStore(Database).SetTierAsync("ann", Broker.Accounts.AccountTier.Unlimited, taken, default),
        ];
        foreach (var change in changes)
        {
            Assert.That(() => change(), Throws.InstanceOf<System.Data.Common.DbException>());
        }

        var after = await _credentials.FindAsync(CredentialKind.ApiKey, "key of ann", default);
        Assert.That(after!.Credential, Is.EqualTo(before!.Credential));
        Assert.That(after.SecretHash, Is.EqualTo(before.SecretHash));
        Assert.That(await _credentials.FindAsync(CredentialKind.ApiKey, "new", default), Is.Null);
        Assert.That((await new AccountStore(Database).FindAsync("ann", default))!.Tier, Is.EqualTo(Broker.Accounts.AccountTier.Free));
    }

    // By a change that leaves all else as it is.
    private async Task WriteAsync(AuditEntry entry) => Assert.That(
        await _credentials.RenameAsync(CredentialKind.ApiKey, entry.AccountId, $"key of {entry.AccountId}", "k", entry, default), Is.True);
}
