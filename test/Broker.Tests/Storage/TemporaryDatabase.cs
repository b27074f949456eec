using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;

namespace Polydev.Broker.Tests.Storage;

/// <summary>A data folder of one test's own, with as many "processes" on it as the test opens.</summary>
internal sealed class TemporaryDatabase : ITemporaryDatabase
{
    private readonly List<IDisposable> _opened = [];

    public string Root { get; } = Directory.CreateTempSubdirectory("polydev-test-").FullName;

    /// <summary>Does not exist until the database is first used.</summary>
    public string DataFolder => Path.Combine(Root, "state", "polydev");

    public string File => Path.Combine(DataFolder, SqliteDatabase.FileName);

    public SqliteDatabase Open()
    {
        var database = new SqliteDatabase(new StorageOptions { DataFolder = DataFolder }, TimeProvider.System);
        _opened.Add(database);
        return database;
    }

    public Database OpenDatabase() => Open();

    public IQuotaStore OpenQuotas(TierOptions tiers)
    {
        var quotas = new SqliteQuotaStore(Open(), tiers);
        _opened.Add(quotas);
        return quotas;
    }

    public void Dispose()
    {
        _opened.ForEach(opened => opened.Dispose());
        Directory.Delete(Root, recursive: true);
    }
}
