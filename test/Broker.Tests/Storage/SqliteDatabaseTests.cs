using System.Data.Common;
using System.Globalization;
using System.Runtime.Versioning;
using Dapper;
using Microsoft.Data.Sqlite;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Storage;

public sealed class SqliteDatabaseTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void Open_NewFolder_IsForItsOwnerAlone()
    {
        using var connection = Connect(_temporary.Open());
        connection.Execute("INSERT INTO accounts (id, name, tier, created_at) VALUES ('a', 'a', 1, 1)");

        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var modes = Directory.GetFiles(_temporary.DataFolder).ToDictionary(path => Path.GetFileName(path)!, File.GetUnixFileMode);
        Assert.Multiple(() =>
        {
            Assert.That(File.GetUnixFileMode(_temporary.DataFolder), Is.EqualTo(file | UnixFileMode.UserExecute));
            Assert.That(modes.Keys, Is.EquivalentTo(new[] { "polydev.db", "polydev.db-wal", "polydev.db-shm", "polydev.counts" }));
            Assert.That(modes.Values, Has.All.EqualTo(file));
        });
    }

    [Test]
    public void Open_AnyConnection_HasItsSettings()
    {
        var database = _temporary.Open();
        using var first = Connect(database);
        using var second = Connect(database);

        foreach (var connection in new[] { first, second })
        {
            Assert.Multiple(() =>
            {
                Assert.That(connection.ExecuteScalar<string>("PRAGMA journal_mode"), Is.EqualTo("wal"));
                Assert.That(connection.ExecuteScalar<int>("PRAGMA synchronous"), Is.EqualTo(1), "NORMAL");
                Assert.That(connection.ExecuteScalar<int>("PRAGMA busy_timeout"), Is.EqualTo(5000));
                Assert.That(connection.ExecuteScalar<int>("PRAGMA foreign_keys"), Is.EqualTo(1));
            });
        }
    }

    [Test]
    public async Task Open_EightAtOnceOnANewFolder_ApplyEachMigrationOnce()
    {
        var databases = Enumerable.Range(0, 8).Select(_ => _temporary.Open()).ToArray();
        using var start = new Barrier(databases.Length);

        await Task.WhenAll(databases.Select(database => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                Connect(database).Dispose();
            },
            TaskCreationOptions.LongRunning))).DefaultTimeout();

        using var connection = Connect(databases[0]);
        Assert.That(
            connection.Query<int>("SELECT version FROM schema_version ORDER BY version"),
            Is.EqualTo(Migrations.OfBoth.Select(script => int.Parse(script.Name[..4], CultureInfo.InvariantCulture))));
    }

    [Test]
    public void Open_Again_KeepsTheData()
    {
        using (var database = _temporary.Open())
        using (var connection = Connect(database))
        {
            connection.Execute("INSERT INTO accounts (id, name, tier, created_at) VALUES ('a', 'ann', 1, 1)");
        }

        using var later = Connect(_temporary.Open());

        Assert.That(later.ExecuteScalar<string>("SELECT name FROM accounts"), Is.EqualTo("ann"));
    }

    [Test]
    public async Task Open_ADatabaseOfTheFirstSchema_KeepsItsKeys()
    {
        Directory.CreateDirectory(_temporary.DataFolder);
        var file = new SqliteConnectionStringBuilder { DataSource = _temporary.File, Pooling = false };
        await using (var first = new SqliteConnection(file.ToString()))
        {
            first.Open();
            first.Execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
            first.Execute(Migrations.OfBoth[0].Contents);
            first.Execute("INSERT INTO schema_version VALUES (1, 'accounts-and-credentials', 1)");
            first.Execute("INSERT INTO accounts VALUES ('a', 'ann', 1, 1)");
            first.Execute("INSERT INTO credentials VALUES ('k', 1, 'a', 'laptop', 'ff', 5, NULL, 10, NULL, NULL)");
        }

        var key = (await new CredentialStore(_temporary.Open()).ListAsync(CredentialKind.ApiKey, "a", default)).Single();

        Assert.That(
            (key.Id, key.Name, key.CreatedAt.ToUnixTimeMilliseconds(), key.RevokedAt, key.ExpiresAt, key.PerHour),
            Is.EqualTo(("k", "laptop", 5L, (DateTimeOffset?)null, (DateTimeOffset?)null, (int?)10)));
    }

    [Test]
    public void Open_SchemaOfANewerVersion_IsRefused()
    {
        using (var connection = Connect(_temporary.Open()))
        {
            connection.Execute("INSERT INTO schema_version VALUES (9999, 'from the future', 1)");
        }

        Assert.That(() => Connect(_temporary.Open()), Throws.TypeOf<StorageException>().With.Message.Contains("9999"));
    }

    [Test]
    public void Open_NotADatabase_SaysSo()
    {
        Directory.CreateDirectory(_temporary.DataFolder);
        File.WriteAllText(_temporary.File, string.Concat(Enumerable.Repeat("This is no database. ", 100)));

        Assert.That(() => Connect(_temporary.Open()), Throws.TypeOf<StorageException>().With.Message.Contains(_temporary.File));
    }

    [Test]
    public void Open_FolderIsAFile_SaysSo()
    {
        File.WriteAllText(Path.Combine(_temporary.Root, "state"), "");

        Assert.That(() => Connect(_temporary.Open()), Throws.TypeOf<StorageException>().With.Message.Contains("--data"));
    }

    [Test]
    public async Task Write_EightProcessesAtOnce_AllWaitForTheirTurn()
    {
        var databases = Enumerable.Range(0, 8).Select(_ => _temporary.Open()).ToArray();
        using var start = new Barrier(databases.Length);

        await Task.WhenAll(databases.Select((database, process) => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                for (var i = 0; i < 50; i++)
                {
                    using var connection = Connect(database);
                    connection.Execute(
                        "INSERT INTO accounts (id, name, tier, created_at) VALUES (@Id, @Id, 1, 1)", new { Id = $"{process}-{i}" });
                }
            },
            TaskCreationOptions.LongRunning))).DefaultTimeout();

        using var reader = Connect(databases[0]);
        Assert.That(reader.ExecuteScalar<int>("SELECT count(*) FROM accounts"), Is.EqualTo(400));
    }

    [Test]
    public void Open_MigrationFails_LeavesNothingOfIt()
    {
        Directory.CreateDirectory(_temporary.DataFolder);
        var file = new SqliteConnectionStringBuilder { DataSource = _temporary.File, Pooling = false }.ToString();
        using (var before = new SqliteConnection(file))
        {
            before.Open();
            before.Execute("CREATE TABLE credentials (id TEXT)");
        }

        Assert.That(() => Connect(_temporary.Open()), Throws.TypeOf<StorageException>().With.Message.Contains("credentials"));

        using var after = new SqliteConnection(file);
        after.Open();
        Assert.That(
            after.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"),
            Is.EqualTo(new[] { "credentials", "schema_version" }));
        Assert.That(after.ExecuteScalar<int>("SELECT count(*) FROM schema_version"), Is.Zero);
    }

    // It is there at once: SQLite's are no real waits.
    private static DbConnection Connect(SqliteDatabase database) => database.OpenAsync(default).AsTask().GetAwaiter().GetResult();
}
