using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.SignIn;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class DeviceLoginStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private DeviceLoginStore _store = null!;

    [SetUp]
    public void SetUp() => _store = new DeviceLoginStore(Database);

    [Test]
    public async Task Find_Created_IsTheSameByIdAndByUserCode()
    {
        var made = Make("d1", "BBBBCCCC");
        Assert.That(await _store.CreateAsync(made, 5, default), Is.True);

        var found = await _store.FindAsync("d1", default);

        Assert.That(found! with { SecretHash = made.SecretHash }, Is.EqualTo(made));
        Assert.That(found.SecretHash, Is.EqualTo(made.SecretHash));
        Assert.That((await _store.FindByUserCodeAsync("BBBBCCCC", default))!.Id, Is.EqualTo("d1"));
        Assert.That(await _store.FindByUserCodeAsync("BBBBCCCD", default), Is.Null);
    }

    [Test]
    public async Task Create_UserCodeTaken_IsFalseAndKeepsTheFirst()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);

        Assert.That(await _store.CreateAsync(Make("d2", "BBBBCCCC"), 5, default), Is.False);

        Assert.That((await _store.FindByUserCodeAsync("BBBBCCCC", default))!.Id, Is.EqualTo("d1"));
    }

    [Test]
    public async Task Poll_SoonerThanItMay_WaitsLongerFromThenOn()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);

        Assert.That(await PollAsync(0), Is.True, "the first is never too soon");
        Assert.That(await PollAsync(5), Is.True);
        Assert.That(await PollAsync(9.999), Is.False, "now 10 s");
        Assert.That(await PollAsync(19.998), Is.False, "now 15 s");
        Assert.That(await PollAsync(34.998), Is.True);
        Assert.That(await PollAsync(49.998), Is.True);

        Task<bool> PollAsync(double seconds) => _store.PollAsync("d1", Noon.AddMilliseconds(seconds * 1000), 5, default);
    }

    [Test]
    public async Task Decide_ManyAtOnce_IsTrueForOne()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);

        var decided = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => _store.DecideAsync(
            new DeviceDecision("BBBBCCCC", number % 2 == 0 ? "ann" : "bob", $"m{number}", Approve: true), SomeEntries.Of(Noon), default))));

        Assert.That(decided.Count(one => one), Is.EqualTo(1));
        var winner = Array.IndexOf(decided, true);
        var found = (await _store.FindAsync("d1", default))!;
        Assert.That(
            (found.State, found.AccountId, found.MachineName),
            Is.EqualTo((DeviceLoginState.Approved, winner % 2 == 0 ? "ann" : "bob", $"m{winner}")));
    }

    [Test]
    public async Task Decide_Expired_IsFalse()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);

        var decision = new DeviceDecision("BBBBCCCC", "ann", "m", Approve: true);
        Assert.That(await _store.DecideAsync(decision, SomeEntries.Of(Make("d1", "BBBBCCCC").ExpiresAt), default), Is.False);

        Assert.That((await _store.FindAsync("d1", default))!.State, Is.EqualTo(DeviceLoginState.Pending));
    }

    [Test]
    public async Task Give_ManyAtOnce_IsTrueForOneOfTheApproved()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);
        await _store.CreateAsync(Make("d2", "BBBBCCCD"), 5, default);
        await _store.DecideAsync(new DeviceDecision("BBBBCCCD", "ann", "m", Approve: false), SomeEntries.Of(Noon), default);
        Assert.That(await _store.GiveAsync("d1", default), Is.False, "pending");
        Assert.That(await _store.GiveAsync("d2", default), Is.False, "denied");
        await _store.DecideAsync(new DeviceDecision("BBBBCCCC", "ann", "m", Approve: true), SomeEntries.Of(Noon), default);

        var given = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _store.GiveAsync("d1", default))));

        Assert.That(given.Count(one => one), Is.EqualTo(1));
        Assert.That((await _store.FindAsync("d1", default))!.State, Is.EqualTo(DeviceLoginState.Given));
    }

    [Test]
    public async Task Create_ADayLater_ForgetsTheOld()
    {
        await _store.CreateAsync(Make("d1", "BBBBCCCC"), 5, default);

        await _store.CreateAsync(Make("d2", "BBBBCCCC") with { CreatedAt = Noon.AddDays(2), ExpiresAt = Noon.AddDays(2) }, 5, default);

        Assert.That(await _store.FindAsync("d1", default), Is.Null);
        Assert.That((await _store.FindByUserCodeAsync("BBBBCCCC", default))!.Id, Is.EqualTo("d2"));
    }

    private static DeviceLogin Make(string id, string userCode) => new()
    {
        Id = id,
        SecretHash = [1, 2, 255],
        UserCodeHash = userCode,
        MachineName = "studio ü",
        ClientVersion = "0.9.2",
        Address = "203.0.113.7",
        CreatedAt = Noon,
        ExpiresAt = Noon.AddMinutes(10),
    };
}
