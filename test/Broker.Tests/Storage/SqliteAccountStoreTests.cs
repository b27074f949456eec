using Polydev.Broker.Accounts;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.Accounts;

namespace Polydev.Broker.Tests.Storage;

[TestFixture]
internal sealed class SqliteAccountStoreTests : AccountStoreContract
{
    private TemporaryDatabase _temporary = null!;

    protected override IAccountStore CreateStore()
    {
        _temporary = new TemporaryDatabase();
        return new SqliteAccountStore(_temporary.Open());
    }

    [TearDown]
    public void TearDown() => _temporary.Dispose();
}
