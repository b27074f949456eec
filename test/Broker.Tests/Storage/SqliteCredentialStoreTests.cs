using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.Keys;

namespace Polydev.Broker.Tests.Storage;

[TestFixture]
internal sealed class SqliteCredentialStoreTests : CredentialStoreContract
{
    private TemporaryDatabase _temporary = null!;

    protected override ICredentialStore CreateStore(out IAccountStore accounts)
    {
        _temporary = new TemporaryDatabase();
        var database = _temporary.Open();
        accounts = new SqliteAccountStore(database);
        return new SqliteCredentialStore(database);
    }

    [TearDown]
    public void TearDown() => _temporary.Dispose();
}
