using System.Data.Common;
using Dapper;
using DbUp;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;

namespace Polydev.Broker.Storage;

/// <summary>
/// <c>polydev.db</c> in the data folder. SQLite knows no asynchronous input and output: what looks so runs where it is called, in some
/// 20 µs.
/// </summary>
internal sealed class SqliteDatabase(StorageOptions options, TimeProvider time) : Database
{
    public const string FileName = "polydev.db";

    /// <summary>How long a statement waits for another process's transaction, in seconds.</summary>
    private const int BusySeconds = 5;

    private readonly string _file = FileIn(options);

    // One text for all: the pool finds its connections by it.
    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = FileIn(options),
        Mode = SqliteOpenMode.ReadWrite,
        ForeignKeys = true,
        DefaultTimeout = BusySeconds,
    }.ToString();

    // One writes at a time, and a transaction begins as a writer's.
    public override string SkipLocked => string.Empty;

    public override int RowsAtOnce => 1;

    public override string ForUpdate => string.Empty;

    // Dapper writes a parameter for each.
    public override string In(string parameter) => $"IN {parameter}";

    /// <summary>Lets go of the file: the pool keeps connections open otherwise.</summary>
    public override void Dispose()
    {
        base.Dispose();
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any);
    }

    protected override Task PrepareAsync(CancellationToken cancellationToken)
    {
        DataFolder.Prepare(Path.GetDirectoryName(_file)!, _file);
        try
        {
            using var connection = Connect();
            connection.Execute("PRAGMA journal_mode = WAL");

            // In one transaction, which Microsoft.Data.Sqlite begins as IMMEDIATE: another process waits, and then finds all done.
            Migrations.Apply(
                connection, DeployChanges.To.SqliteDatabase(new SharedConnection(connection)), Migrations.OfBoth, "--data", time);
        }
        catch (SqliteException e)
        {
            throw new StorageException($"The database '{_file}' cannot be used: {e.Message}", e);
        }

        return Task.CompletedTask;
    }

    protected override ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken) => new(Connect());

    private static string FileIn(StorageOptions options) => Path.Combine(Path.GetFullPath(options.DataFolder), FileName);

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();

            // Neither is kept in the file. NORMAL may lose the last commits at a power cut, but never the database.
            connection.Execute($"PRAGMA busy_timeout = {BusySeconds * 1000}; PRAGMA synchronous = NORMAL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
