using Polydev.Broker.Accounts;
using Polydev.Broker.SignIn.OpenId;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn.OpenId;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class IdentityStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private const string Issuer = "https://id.example/";

    private IdentityStore _store = null!;
    private AccountStore _accounts = null!;

    [SetUp]
    public void SetUp() => (_store, _accounts) = (new IdentityStore(Database), new AccountStore(Database));

    [Test]
    public async Task Find_Created_IsTheSameWithItsAccount([Values("cy@example.com", null)] string? email)
    {
        var made = Make("s1", "cy") with { Email = email };
        Assert.That(await _store.CreateAsync(made, AccountOf("cy"), default), Is.True);

        Assert.That(await _store.FindAsync(Issuer, "s1", default), Is.EqualTo(made));
        Assert.That(await _accounts.FindAsync("cy", default), Is.EqualTo(AccountOf("cy")));
        Assert.That(await _store.FindAsync(Issuer, "S1", default), Is.Null);
        Assert.That(await _store.FindAsync("https://other.example/", "s1", default), Is.Null);
    }

    [Test]
    public async Task Create_NameTaken_KeepsNeither()
    {
        Assert.That(await _store.CreateAsync(Make("s1", "new"), AccountOf("new") with { Name = "ann" }, default), Is.False);

        Assert.That(await _store.FindAsync(Issuer, "s1", default), Is.Null);
        Assert.That(await _accounts.FindAsync("new", default), Is.Null);
    }

    [Test]
    public async Task Create_IdentityKnown_KeepsTheFirstAndNoOtherAccount()
    {
        await _store.CreateAsync(Make("s1", "cy"), AccountOf("cy"), default);

        Assert.That(await _store.CreateAsync(Make("s1", "di"), AccountOf("di"), default), Is.False);

        Assert.That((await _store.FindAsync(Issuer, "s1", default))!.AccountId, Is.EqualTo("cy"));
        Assert.That(await _accounts.FindAsync("di", default), Is.Null);
    }

    [Test]
    public async Task Create_TheSameSubjectOfAnotherIssuer_IsAnother()
    {
        await _store.CreateAsync(Make("s1", "cy"), AccountOf("cy"), default);

        var other = Make("s1", "di") with { Issuer = "https://other.example/" };
        Assert.That(await _store.CreateAsync(other, AccountOf("di"), default), Is.True);
    }

    [Test]
    public async Task Create_ManyAtOnceForOnePerson_IsOne()
    {
        using var start = new Barrier(8);
        var made = await Task.WhenAll(Enumerable.Range(0, start.ParticipantCount).Select(one => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return _store.CreateAsync(Make("s1", $"n{one}"), AccountOf($"n{one}"), default);
            },
            TaskCreationOptions.LongRunning).Unwrap())).DefaultTimeout();

        Assert.That(made.Count(one => one), Is.EqualTo(1));
        var accounts = await _accounts.ListAsync(default);
        Assert.That(accounts.Select(account => account.Id).Except(["ann", "bob"]), Is.EqualTo(new[] { $"n{Array.IndexOf(made, true)}" }));
        Assert.That((await _store.FindAsync(Issuer, "s1", default))!.AccountId, Is.EqualTo($"n{Array.IndexOf(made, true)}"));
    }

    [Test]
    public async Task NoteSeen_AtASignIn_KeepsTimeAndAddressOfThatOneAlone()
    {
        var (one, other) = (Make("s1", "cy"), Make("s2", "di"));
        await _store.CreateAsync(one, AccountOf("cy"), default);
        await _store.CreateAsync(other, AccountOf("di"), default);

        var seen = one with { Email = null, SeenAt = Noon.AddDays(1) };
        await _store.NoteSeenAsync(seen with { CreatedAt = Noon.AddDays(1), AccountId = "ann" }, default);

        Assert.That(await _store.FindAsync(Issuer, "s1", default), Is.EqualTo(seen));
        Assert.That(await _store.FindAsync(Issuer, "s2", default), Is.EqualTo(other));
    }

    private static Identity Make(string subject, string account) => new()
    {
        Issuer = Issuer,
        Subject = subject,
        AccountId = account,
        Email = "ü@example.com",
        CreatedAt = Noon,
        SeenAt = Noon.AddMinutes(1),
    };

    private static Account AccountOf(string id) => new() { Id = id, Name = id, Tier = AccountTier.Free, CreatedAt = Noon };
}
