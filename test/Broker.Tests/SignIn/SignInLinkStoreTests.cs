using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.SignIn;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class SignInLinkStoreTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private SignInLinkStore _store = null!;

    [SetUp]
    public void SetUp() => _store = new SignInLinkStore(Database);

    [Test]
    public async Task Find_Created_IsTheSame()
    {
        var made = Make("l1");
        await _store.CreateAsync(made, default);

        var found = await _store.FindAsync("l1", default);

        Assert.That(found! with { SecretHash = made.SecretHash }, Is.EqualTo(made));
        Assert.That(found.SecretHash, Is.EqualTo(made.SecretHash));
        Assert.That(await _store.FindAsync("L1", default), Is.Null);
    }

    [Test]
    public void Create_UnknownAccount_Fails() => Assert.That(
        () => _store.CreateAsync(Make("l1") with { AccountId = "nobody" }, default),
        Throws.InstanceOf<System.Data.Common.DbException>());

    [Test]
    public async Task Use_ManyAtOnce_IsTrueForOne()
    {
        await _store.CreateAsync(Make("l1"), default);
        await _store.CreateAsync(Make("l2"), default);

        var used = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _store.UseAsync("l1", Noon, default))));

        Assert.That(used.Count(one => one), Is.EqualTo(1));
        Assert.That((await _store.FindAsync("l1", default))!.UsedAt, Is.EqualTo(Noon));
        Assert.That((await _store.FindAsync("l2", default))!.UsedAt, Is.Null);
    }

    [TestCase(-1, true)]
    [TestCase(0, false)]
    public async Task Use_AroundItsEnd_IsGoodBefore(int milliseconds, bool good)
    {
        await _store.CreateAsync(Make("l1"), default);

        Assert.That(await _store.UseAsync("l1", Make("l1").ExpiresAt.AddMilliseconds(milliseconds), default), Is.EqualTo(good));
    }

    [Test]
    public async Task Create_ADayLater_ForgetsTheOld()
    {
        await _store.CreateAsync(Make("l1"), default);
        await _store.CreateAsync(Make("l2", Noon.AddMinutes(15).AddDays(1)), default);
        Assert.That(await _store.FindAsync("l1", default), Is.Not.Null);

        await _store.CreateAsync(Make("l3", Noon.AddMinutes(15).AddDays(1).AddMilliseconds(1)), default);

        Assert.That(await _store.FindAsync("l1", default), Is.Null);
        Assert.That(await _store.FindAsync("l2", default), Is.Not.Null);
    }

    [Test]
    public async Task Site_ToldTwice_IsTheLast()
    {
        Assert.That(await _store.FindSiteAsync(default), Is.Null);

        await _store.TellSiteAsync(new Uri("http://127.0.0.1:1"), default);
        await _store.TellSiteAsync(new Uri("https://broker.example"), default);

        Assert.That(await _store.FindSiteAsync(default), Is.EqualTo(new Uri("https://broker.example")));
    }

    private static SignInLink Make(string id, DateTimeOffset? at = null) => new()
    {
        Id = id,
        AccountId = "ann",
        SecretHash = [1, 2, 255],
        CreatedAt = at ?? Noon,
        ExpiresAt = (at ?? Noon).AddMinutes(15),
    };
}
