using Polydev.Broker.Storage;

namespace Polydev.Broker.Tests.Storage;

/// <summary>A data folder of one test's own, with as many "processes" on it as the test opens.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    private readonly List<SqliteDatabase> _opened = [];

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

    public void Dispose()
    {
        _opened.ForEach(database => database.Dispose());
        Directory.Delete(Root, recursive: true);
    }
}
