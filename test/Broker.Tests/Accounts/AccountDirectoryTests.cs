using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Accounts;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Accounts;

public sealed class AccountDirectoryTests
{
    private readonly FakeTimeProvider _time = new();
    private TemporaryDatabase _temporary = null!;
    private AccountDirectory _directory = null!;

    [SetUp]
    public void SetUp()
    {
        _temporary = new TemporaryDatabase();
        _directory = NewDirectory();
    }

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task EnsureOwner_FirstUse_IsUnlimited()
    {
        var owner = await _directory.EnsureOwnerAsync(default);

        Assert.That(owner, Is.EqualTo(new Account
        {
            Id = "owner",
            Name = "owner",
            Tier = AccountTier.Unlimited,
            CreatedAt = _time.GetUtcNow(),
        }));
    }

    [Test]
    public async Task EnsureOwner_Again_KeepsWhatWasSet()
    {
        await _directory.EnsureOwnerAsync(default);
        await _directory.SetTierAsync(Account.OwnerId, AccountTier.Premium, SomeEntries.Ann, default);

        Assert.That((await _directory.EnsureOwnerAsync(default)).Tier, Is.EqualTo(AccountTier.Premium));
    }

    [Test]
    public async Task EnsureOwner_EightAtOnce_MakeOne()
    {
        var directories = Enumerable.Range(0, 8).Select(_ => NewDirectory()).ToArray();

        var owners = await Task.WhenAll(directories.Select(d => Task.Run(() => d.EnsureOwnerAsync(default)))).DefaultTimeout();

        Assert.That(owners.Distinct(), Has.Exactly(1).Items);
        Assert.That(await new AccountStore(_temporary.Open()).ListAsync(default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Open_NewName_IsFoundByIdAndByName()
    {
        var opened = await _directory.OpenAsync("ann", AccountTier.Free, default);

        Assert.That(await _directory.FindAsync(opened!.Id, default), Is.EqualTo(opened));
        Assert.That(await _directory.FindAsync("ann", default), Is.EqualTo(opened));
    }

    [TestCase("ann")]
    [TestCase("owner")]
    public async Task Open_NameTaken_IsNull(string name)
    {
        await _directory.OpenAsync("ann", AccountTier.Free, default);

        Assert.That(await _directory.OpenAsync(name, AccountTier.Premium, default), Is.Null);
    }

    [Test]
    public async Task Find_ANameThatIsAnothersId_GivesTheOneWithTheId()
    {
        var ann = await _directory.OpenAsync("ann", AccountTier.Free, default);
        await _directory.OpenAsync(ann!.Id, AccountTier.Free, default);

        Assert.That(await _directory.FindAsync(ann.Id, default), Is.EqualTo(ann));
    }

    private AccountDirectory NewDirectory() => new(new AccountStore(_temporary.Open()), _time);
}
