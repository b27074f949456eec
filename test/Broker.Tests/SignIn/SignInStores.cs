using Polydev.Broker.Accounts;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.SignIn;

/// <summary>A database with the accounts "ann" and "bob", for the tests of one store.</summary>
internal abstract class SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, 7, TimeSpan.Zero);

    protected TDatabase Temporary { get; private set; } = default!;

    protected Database Database { get; private set; } = null!;

    [SetUp]
    public async Task SetUpDatabase()
    {
        Temporary = new TDatabase();
        Database = Temporary.OpenDatabase();
        foreach (var name in new[] { "ann", "bob" })
        {
            var account = new Account { Id = name, Name = name, Tier = AccountTier.Free, CreatedAt = Noon };
            await new AccountStore(Database).CreateAsync(account, default);
        }
    }

    [TearDown]
    public void TearDownDatabase()
    {
        Database.Dispose();
        Temporary.Dispose();
    }
}
