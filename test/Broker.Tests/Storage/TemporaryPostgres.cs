using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Storage;

/// <summary>On the tests' own PostgreSQL.</summary>
internal sealed class TemporaryPostgres : ITemporaryDatabase
{
    private readonly List<Database> _opened = [];

    public string ConnectionString { get; } = PostgresServer.CreateDatabase();

    public PostgresDatabase Open()
    {
        var options = new StorageOptions { DataFolder = "none", Postgres = ConnectionString };
        var database = new PostgresDatabase(options, TimeProvider.System);
        _opened.Add(database);
        return database;
    }

    public Database OpenDatabase() => Open();

    public IQuotaStore OpenQuotas(TierOptions tiers) => new PostgresQuotaStore(Open(), tiers);

    public void Dispose()
    {
        _opened.ForEach(database => database.Dispose());
        PostgresServer.DropDatabase(ConnectionString);
    }
}
