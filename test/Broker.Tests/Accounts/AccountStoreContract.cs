using Polydev.Broker.Accounts;
using Polydev.Broker.Tests.Audit;

namespace Polydev.Broker.Tests.Accounts;

/// <summary>What every account store must do.</summary>
internal abstract class AccountStoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, 7, TimeSpan.Zero);

    protected IAccountStore Store { get; private set; } = null!;

    protected abstract IAccountStore CreateStore();

    [SetUp]
    public void SetUpStore() => Store = CreateStore();

    [TestCase(AccountTier.Free)]
    [TestCase(AccountTier.Premium)]
    [TestCase(AccountTier.Unlimited)]
    public async Task Find_Created_IsTheSame(AccountTier tier)
    {
        var account = Make("a1", "Łukasz O'Neil \"; DROP TABLE accounts;--", tier: tier);

        Assert.That(await Store.CreateAsync(account, default), Is.True);

        Assert.That(await Store.FindAsync("a1", default), Is.EqualTo(account));
        Assert.That(await Store.FindByNameAsync(account.Name, default), Is.EqualTo(account));
    }

    [TestCase("a1", "another name")]
    [TestCase("another-id", "ann")]
    [TestCase("a1", "ann")]
    public async Task Create_IdOrNameTaken_ChangesNothing(string id, string name)
    {
        var first = Make("a1", "ann");
        await Store.CreateAsync(first, default);

        Assert.That(await Store.CreateAsync(Make(id, name, tier: AccountTier.Premium), default), Is.False);

        Assert.That(await Store.ListAsync(default), Is.EqualTo(new[] { first }));
    }

    [Test]
    public async Task Find_Unknown_IsNull()
    {
        await Store.CreateAsync(Make("a1", "ann"), default);

        Assert.That(await Store.FindAsync("ann", default), Is.Null);
        Assert.That(await Store.FindByNameAsync("a1", default), Is.Null);
        Assert.That(await Store.FindByNameAsync("ANN", default), Is.Null);
    }

    [Test]
    public async Task List_Several_OldestFirst()
    {
        await Store.CreateAsync(Make("a1", "young", Noon.AddMilliseconds(1)), default);
        await Store.CreateAsync(Make("a2", "old", Noon), default);

        Assert.That((await Store.ListAsync(default)).Select(account => account.Name), Is.EqualTo(new[] { "old", "young" }));
    }

    [Test]
    public async Task SetTier_Known_ChangesThatOneOnly()
    {
        var (ann, bob) = (Make("a1", "ann"), Make("a2", "bob"));
        await Store.CreateAsync(ann, default);
        await Store.CreateAsync(bob, default);

        Assert.That(await Store.SetTierAsync("a1", AccountTier.Premium, SomeEntries.Of(Noon), default), Is.True);

        Assert.That(await Store.ListAsync(default), Is.EqualTo(new[] { ann with { Tier = AccountTier.Premium }, bob }));
    }

    [Test]
    public async Task SetTier_Unknown_IsFalse() =>
        Assert.That(await Store.SetTierAsync("nobody", AccountTier.Premium, SomeEntries.Of(Noon), default), Is.False);

    private static Account Make(string id, string name, DateTimeOffset? at = null, AccountTier tier = AccountTier.Free) =>
        new() { Id = id, Name = name, Tier = tier, CreatedAt = at ?? Noon };
}
