using Polydev.Broker.Accounts;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Accounts;

namespace Polydev.Broker.Tests.Storage;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class AccountStoreTests<TDatabase> : AccountStoreContract
    where TDatabase : ITemporaryDatabase, new()
{
    private TDatabase? _temporary;

    protected override IAccountStore CreateStore()
    {
        _temporary = new TDatabase();
        return new AccountStore(_temporary.OpenDatabase());
    }

    [TearDown]
    public void TearDown() => _temporary?.Dispose();
}
