using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Keys;

namespace Polydev.Broker.Tests.Storage;

[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class CredentialStoreTests<TDatabase> : CredentialStoreContract
    where TDatabase : ITemporaryDatabase, new()
{
    private TDatabase? _temporary;

    protected override ICredentialStore CreateStore(out IAccountStore accounts)
    {
        _temporary = new TDatabase();
        var database = _temporary.OpenDatabase();
        accounts = new AccountStore(database);
        return new CredentialStore(database);
    }

    [TearDown]
    public void TearDown() => _temporary?.Dispose();
}
