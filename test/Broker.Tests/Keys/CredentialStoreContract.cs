using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.Audit;

namespace Polydev.Broker.Tests.Keys;

/// <summary>What every credential store must do.</summary>
internal abstract class CredentialStoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, 7, TimeSpan.Zero);

    protected ICredentialStore Store { get; private set; } = null!;

    /// <summary>An empty one, whose accounts are kept in <paramref name="accounts"/>.</summary>
    protected abstract ICredentialStore CreateStore(out IAccountStore accounts);

    [SetUp]
    public async Task SetUpStore()
    {
        Store = CreateStore(out var accounts);
        foreach (var name in new[] { "ann", "bob" })
        {
            await accounts.CreateAsync(new Account { Id = name, Name = name, Tier = AccountTier.Free, CreatedAt = Noon }, default);
        }
    }

    [Test]
    public async Task Find_Created_IsTheSame()
    {
        var full = Make("k1") with { PerHour = 1, PerDay = 20, PerMonth = int.MaxValue, RevokedAt = Noon.AddDays(1), ExpiresAt = Noon };
        await CreateAsync(full, [1, 2, 255]);
        await CreateAsync(Make("k2"));

        var found = await Store.FindAsync(CredentialKind.ApiKey, "k1", default);

        Assert.That(found!.Credential, Is.EqualTo(full));
        Assert.That(found.SecretHash, Is.EqualTo(new byte[] { 1, 2, 255 }));
        Assert.That((await Store.FindAsync(CredentialKind.ApiKey, "k2", default))!.Credential, Is.EqualTo(Make("k2")));
    }

    [TestCase(CredentialKind.TunnelToken, "k1")]
    [TestCase(CredentialKind.ApiKey, "K1")]
    [TestCase(CredentialKind.ApiKey, "k")]
    [TestCase(CredentialKind.ApiKey, "' OR ''='")]
    public async Task Find_AnotherKindOrId_IsNull(CredentialKind kind, string id)
    {
        await CreateAsync(Make("k1"));

        Assert.That(await Store.FindAsync(kind, id, default), Is.Null);
    }

    [Test]
    public async Task Create_IdTaken_FailsAndKeepsTheFirst()
    {
        await CreateAsync(Make("k1"));

        Assert.That(() => CreateAsync(Make("k1", CredentialKind.TunnelToken, "bob")), Throws.InstanceOf<System.Data.Common.DbException>());

        Assert.That((await Store.FindAsync(CredentialKind.ApiKey, "k1", default))!.Credential, Is.EqualTo(Make("k1")));
    }

    [Test]
    public async Task Create_UnknownAccount_Fails()
    {
        Assert.That(() => CreateAsync(Make("k1", account: "nobody")), Throws.InstanceOf<System.Data.Common.DbException>());

        Assert.That(await Store.FindAsync(CredentialKind.ApiKey, "k1", default), Is.Null);
    }

    [TestCase(CredentialKind.ApiKey, null, new[] { "k2", "k1", "k3" })]
    [TestCase(CredentialKind.ApiKey, "ann", new[] { "k1", "k3" })]
    [TestCase(CredentialKind.ApiKey, "bob", new[] { "k2" })]
    [TestCase(CredentialKind.ApiKey, "nobody", new string[0])]
    [TestCase(CredentialKind.TunnelToken, null, new[] { "t1" })]
    [TestCase(CredentialKind.TunnelToken, "bob", new string[0])]
    public async Task List_Several_OldestFirstOfThisKindAndAccount(CredentialKind kind, string? account, string[] expected)
    {
        await CreateAsync(Make("k3", at: Noon.AddHours(2)) with { RevokedAt = Noon.AddHours(3) });
        await CreateAsync(Make("k1", at: Noon.AddHours(1)));
        await CreateAsync(Make("k2", account: "bob"));
        await CreateAsync(Make("t1", CredentialKind.TunnelToken));

        var listed = await Store.ListAsync(kind, account, default);

        Assert.That(listed.Select(credential => credential.Id), Is.EqualTo(expected));
    }

    [Test]
    public async Task Revoke_Twice_KeepsTheFirstTime()
    {
        await CreateAsync(Make("k1"));
        await CreateAsync(Make("k2"));

        Assert.That(await Store.RevokeAsync(CredentialKind.ApiKey, "k1", Noon.AddHours(1), default), Is.True);
        Assert.That(await Store.RevokeAsync(CredentialKind.ApiKey, "k1", Noon.AddHours(2), default), Is.False);

        var listed = await Store.ListAsync(CredentialKind.ApiKey, null, default);
        Assert.That(listed, Is.EqualTo(new[] { Make("k1") with { RevokedAt = Noon.AddHours(1) }, Make("k2") }));
    }

    [Test]
    public async Task Extend_AGoodOne_ExpiresThenAndNoOther()
    {
        await CreateAsync(Make("k1"));
        await CreateAsync(Make("k2") with { RevokedAt = Noon });

        Assert.That(await Store.ExtendAsync(CredentialKind.ApiKey, "k1", Noon.AddHours(1), default), Is.True);
        Assert.That(await Store.ExtendAsync(CredentialKind.ApiKey, "k2", Noon.AddHours(1), default), Is.False);
        Assert.That(await Store.ExtendAsync(CredentialKind.TunnelToken, "k1", Noon.AddHours(2), default), Is.False);

        var listed = await Store.ListAsync(CredentialKind.ApiKey, null, default);
        Assert.That(
            listed,
            Is.EqualTo(new[] { Make("k1") with { ExpiresAt = Noon.AddHours(1) }, Make("k2") with { RevokedAt = Noon } }));
    }

    [TestCase(CredentialKind.ApiKey, "nothing")]
    [TestCase(CredentialKind.TunnelToken, "k1")]
    public async Task Revoke_UnknownOrOtherKind_IsFalse(CredentialKind kind, string id)
    {
        await CreateAsync(Make("k1"));

        Assert.That(await Store.RevokeAsync(kind, id, Noon, default), Is.False);

        Assert.That((await Store.FindAsync(CredentialKind.ApiKey, "k1", default))!.Credential.RevokedAt, Is.Null);
    }

    [Test]
    public async Task Rename_OfItsAccountAndGood_ChangesTheNameAlone()
    {
        await CreateAsync(Make("k1"));
        await CreateAsync(Make("k2") with { RevokedAt = Noon });

        Assert.That(await Store.RenameAsync(CredentialKind.ApiKey, "ann", "k1", "new", SomeEntries.Of(Noon), default), Is.True);
        Assert.That(await Store.RenameAsync(CredentialKind.ApiKey, "bob", "k1", "another's", SomeEntries.Of(Noon), default), Is.False);
        Assert.That(
            await Store.RenameAsync(CredentialKind.TunnelToken, "ann", "k1", "other kind", SomeEntries.Of(Noon), default), Is.False);
        Assert.That(await Store.RenameAsync(CredentialKind.ApiKey, "ann", "k2", "revoked", SomeEntries.Of(Noon), default), Is.False);

        var listed = await Store.ListAsync(CredentialKind.ApiKey, null, default);
        Assert.That(listed, Is.EqualTo(new[] { Make("k1") with { Name = "new" }, Make("k2") with { RevokedAt = Noon } }));
    }

    [Test]
    public async Task NoteSeen_Several_KeepsTheFirstAndTheLast()
    {
        await CreateAsync(Make("t1", CredentialKind.TunnelToken));
        await CreateAsync(Make("t2", CredentialKind.TunnelToken));

        await Store.NoteSeenAsync("t1", Noon, default);
        await Store.NoteSeenAsync("t1", Noon.AddHours(2), default);
        await Store.NoteSeenAsync("t1", Noon.AddHours(1), default);

        var seen = Make("t1", CredentialKind.TunnelToken) with { FirstSeenAt = Noon, LastSeenAt = Noon.AddHours(2) };
        var listed = await Store.ListAsync(CredentialKind.TunnelToken, "ann", default);
        Assert.That(listed, Is.EqualTo(new[] { seen, Make("t2", CredentialKind.TunnelToken) }));
    }

    [Test]
    public async Task FindRevoked_ManyIds_GivesTheRevokedAmongThem()
    {
        await CreateAsync(Make("k1"));
        await CreateAsync(Make("k2") with { RevokedAt = DateTimeOffset.UnixEpoch });
        await CreateAsync(Make("t1", CredentialKind.TunnelToken) with { RevokedAt = Noon });
        await CreateAsync(Make("unasked") with { RevokedAt = Noon });

        var asked = Enumerable.Range(0, 1200).Select(i => $"none{i}").Prepend("k1").Prepend("k2").Append("t1").ToArray();

        Assert.That(await Store.FindRevokedAsync(asked, default), Is.EquivalentTo(new[] { "k2", "t1" }));
        Assert.That(await Store.FindRevokedAsync([], default), Is.Empty);
    }

    private static Credential Make(
        string id, CredentialKind kind = CredentialKind.ApiKey, string account = "ann", DateTimeOffset? at = null) =>
        new() { Id = id, Kind = kind, AccountId = account, Name = $"name of {id}", CreatedAt = at ?? Noon };

    private Task CreateAsync(Credential credential, byte[]? hash = null) =>
        Store.CreateAsync(new StoredCredential(credential, hash ?? new byte[32]), default);
}
