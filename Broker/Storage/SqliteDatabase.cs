using Dapper;
using Microsoft.Data.Sqlite;

namespace Polydev.Broker.Storage;

/// <summary>Opens connections to <c>polydev.db</c>; the first one of a process makes the file and brings its schema up to date.</summary>
internal sealed class SqliteDatabase(StorageOptions options, TimeProvider time) : IDisposable
{
    public const string FileName = "polydev.db";

    /// <summary>How long a statement waits for another process's transaction, in seconds.</summary>
    private const int BusySeconds = 5;

    private readonly Lock _gate = new();
    private readonly string _file = FileIn(options);

    // One text for all: the pool finds its connections by it.
    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = FileIn(options),
        Mode = SqliteOpenMode.ReadWrite,
        ForeignKeys = true,
        DefaultTimeout = BusySeconds,
    }.ToString();

    private volatile bool _ready;

    /// <summary>SQLite knows no asynchronous input and output, so that this does not pretend to.</summary>
    /// <exception cref="StorageException">The folder or the database cannot be used.</exception>
    public SqliteConnection Open()
    {
        if (!_ready)
        {
            Prepare();
        }

        return OpenConnection();
    }

    /// <summary>Lets go of the file: the pool keeps connections open otherwise.</summary>
    public void Dispose()
    {
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any);
    }

    private static string FileIn(StorageOptions options) => Path.Combine(Path.GetFullPath(options.DataFolder), FileName);

    private void Prepare()
    {
        lock (_gate)
        {
            if (_ready)
            {
                return;
            }

            DataFolder.Prepare(Path.GetDirectoryName(_file)!, _file);
            try
            {
                using var connection = OpenConnection();
                connection.Execute("PRAGMA journal_mode = WAL");
                SqliteMigrator.Apply(connection, time);
            }
            catch (SqliteException e)
            {
                throw new StorageException($"The database '{_file}' cannot be used: {e.Message}", e);
            }

            _ready = true;
        }
    }

    private SqliteConnection OpenConnection()
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

/// <summary>Where the broker keeps what must outlive it.</summary>
internal sealed record StorageOptions
{
    /// <summary>A folder, made for this user alone where it does not exist.</summary>
    public required string DataFolder { get; init; }
}

/// <summary>The data folder or its database cannot be used; the message says why and what to do.</summary>
internal sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
