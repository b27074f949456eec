using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.SignIn;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class SessionStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private SessionStore _store = null!;

    [SetUp]
    public void SetUp() => _store = new SessionStore(Database);

    [Test]
    public async Task Find_Created_IsTheSame()
    {
        var made = Make("s1") with { EndedAt = Noon.AddDays(1) };
        await _store.CreateAsync(made, SomeEntries.Of(Noon), default);

        var found = await _store.FindAsync("s1", default);

        Assert.That(found! with { SecretHash = made.SecretHash }, Is.EqualTo(made));
        Assert.That(found.SecretHash, Is.EqualTo(made.SecretHash));
        Assert.That(await _store.FindAsync("s2", default), Is.Null);
    }

    [Test]
    public async Task List_Several_IsTheGoodOnesOfTheAccountNewestFirst()
    {
        await _store.CreateAsync(Make("s1"), SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s2") with { CreatedAt = Noon.AddSeconds(1) }, SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s3") with { EndedAt = Noon }, SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s4") with { ExpiresAt = Noon.AddSeconds(2) }, SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s5", "bob"), SomeEntries.Of(Noon), default);

        var listed = await _store.ListAsync("ann", Noon.AddSeconds(2), default);

        Assert.That(listed.Select(session => session.Id), Is.EqualTo(new[] { "s2", "s1" }));
    }

    [Test]
    public async Task NoteSeen_Earlier_ChangesNothing()
    {
        await _store.CreateAsync(Make("s1"), SomeEntries.Of(Noon), default);

        await _store.NoteSeenAsync("s1", Noon.AddHours(1), default);
        await _store.NoteSeenAsync("s1", Noon.AddMinutes(1), default);

        Assert.That((await _store.FindAsync("s1", default))!.SeenAt, Is.EqualTo(Noon.AddHours(1)));
    }

    [Test]
    public async Task End_OfAnotherAccount_IsFalse()
    {
        await _store.CreateAsync(Make("s1"), SomeEntries.Of(Noon), default);

        Assert.That(await _store.EndAsync("bob", "s1", Noon, default), Is.False);
        Assert.That(await _store.EndAsync("ann", "s1", Noon, default), Is.True);
        Assert.That(await _store.EndAsync("ann", "s1", Noon.AddHours(1), default), Is.False);

        Assert.That((await _store.FindAsync("s1", default))!.EndedAt, Is.EqualTo(Noon));
    }

    [Test]
    public async Task EndAll_Several_EndsThoseOfTheAccount()
    {
        await _store.CreateAsync(Make("s1"), SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s2"), SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s3", "bob"), SomeEntries.Of(Noon), default);

        Assert.That(await _store.EndAllAsync("ann", SomeEntries.Of(Noon), default), Is.EqualTo(2));

        Assert.That(await _store.ListAsync("ann", Noon, default), Is.Empty);
        Assert.That(await _store.ListAsync("bob", Noon, default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Create_AfterOneHasExpired_ForgetsIt()
    {
        await _store.CreateAsync(Make("s1") with { ExpiresAt = Noon.AddHours(1) }, SomeEntries.Of(Noon), default);
        await _store.CreateAsync(Make("s2") with { CreatedAt = Noon.AddHours(1) }, SomeEntries.Of(Noon), default);
        Assert.That(await _store.FindAsync("s1", default), Is.Not.Null);

        await _store.CreateAsync(Make("s3") with { CreatedAt = Noon.AddHours(1).AddMilliseconds(1) }, SomeEntries.Of(Noon), default);

        Assert.That(await _store.FindAsync("s1", default), Is.Null);
    }

    private static Session Make(string id, string account = "ann") => new()
    {
        Id = id,
        AccountId = account,
        SecretHash = [1, 2, 255],
        Browser = "Firefox ü",
        Address = "2001:db8::1",
        CreatedAt = Noon,
        SeenAt = Noon,
        ExpiresAt = Noon.AddDays(30),
    };
}
