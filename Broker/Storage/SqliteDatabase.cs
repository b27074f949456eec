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

    private const string StoreAccount = "UPDATE accounts SET month_start = @MonthStart, month_used = @MonthUsed WHERE id = @Id";

    private const string StoreKey =
        """
        UPDATE credentials SET hour_start = @HourStart, hour_used = @HourUsed, day_start = @DayStart, day_used = @DayUsed,
            month_start = @MonthStart, month_used = @MonthUsed
        WHERE id = @Id
        """;

    private readonly string _file = FileIn(options);
    private readonly string _countFile = Path.Combine(Path.GetFullPath(options.DataFolder), CountFile.FileName);
    private readonly SemaphoreSlim _writing = new(1, 1);

    // What is committed is moved from the log into the file each 16 MB, not each 4: calls wait for it, and for the disk. The file's first
    // 256 MB are read where the kernel has them: a page that counts a hundred thousand calls takes a third of the time.
    private readonly string _settings =
        $"""
        PRAGMA busy_timeout = {BusySeconds * 1000}; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;
        PRAGMA mmap_size = 268435456
        """;

    // One text for all: the pool finds its connections by it.
    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = FileIn(options),
        Mode = SqliteOpenMode.ReadWrite,
        ForeignKeys = true,
        DefaultTimeout = BusySeconds,
    }.ToString();

    private CountFile? _counts;

    /// <summary>Once a connection has been opened.</summary>
    public CountFile Counts => _counts ?? throw new InvalidOperationException("The database has not been opened.");

    // One writes at a time, and a transaction begins as a writer's.
    public override string SkipLocked => string.Empty;

    public override string ForUpdate => string.Empty;

    // Dapper writes a parameter for each.
    public override string In(string parameter) => $"IN {parameter}";

    public override async ValueTask<IDisposable?> TurnToWriteAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        return new Turn(_writing);
    }

    // Read from the file when no other process writes the database: what is written last was read last.
    public override async Task StoreCountsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        if (News() is { Count: 0 })
        {
            return;
        }

        using var turn = await TurnToWriteAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var news = News();
        foreach (var counted in news)
        {
            var (id, counters) = (counted.Id, counted.Counters);
            await connection.ExecuteAsync(
                new CommandDefinition(
                    counted.Kind == CountedKind.Account ? StoreAccount : StoreKey,
                    new
                    {
                        Id = id,
                        counters.HourStart,
                        counters.HourUsed,
                        counters.DayStart,
                        counters.DayUsed,
                        counters.MonthStart,
                        counters.MonthUsed,
                    },
                    transaction,
                    cancellationToken: cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
        using var counts = Counts.Take();
        counts.Stored(news);

        List<Counted> News()
        {
            using var counts = Counts.Take();
            return counts.News();
        }
    }

    public override void ForgetKeys()
    {
        using var counts = Counts.Take();
        counts.NoteKeyChange();
    }

    // One statement for each row: a statement of many would be parsed anew for each number of rows, and here asking costs nothing.
    public override Task<IReadOnlyList<T>> InsertAsync<T>(
        RowInserts<T> inserts, IEnumerable<T> rows, DbTransaction transaction, CancellationToken cancellationToken)
    {
        using var statement = new SqliteStatement((SqliteConnection)transaction.Connection!, inserts.StatementOf(1));
        var inserted = new List<T>();
        foreach (var row in rows)
        {
            for (var column = 0; column < inserts.Columns; column++)
            {
                statement.Bind(column, inserts.Value(row, column));
            }

            statement.Run();
            if (inserts.LeavesKnown && statement.Changed > 0)
            {
                inserted.Add(row);
            }
        }

        return Task.FromResult<IReadOnlyList<T>>(inserted);
    }

    /// <summary>Lets go of the file: the pool keeps connections open otherwise.</summary>
    public override void Dispose()
    {
        base.Dispose();
        _writing.Dispose();
        _counts?.Dispose();
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any);
    }

    protected override Task PrepareAsync(CancellationToken cancellationToken)
    {
        DataFolder.Prepare(Path.GetDirectoryName(_file)!, _file, _countFile);
        try
        {
            _counts = CountFile.Open(_countFile, TimeSpan.FromSeconds(BusySeconds));
            using var connection = Connect();
            connection.Execute("PRAGMA journal_mode = WAL");

            // In one transaction, which Microsoft.Data.Sqlite begins as IMMEDIATE: another process waits, and then finds all done.
            Migrations.Apply(
                connection, DeployChanges.To.SqliteDatabase(new SharedConnection(connection)), Migrations.OfBoth, "--data", time);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
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

            // None is kept in the file. NORMAL may lose the last commits at a power cut, but never the database.
            connection.Execute(_settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Disposed once, by whoever has it.</summary>
    private sealed class Turn(SemaphoreSlim writing) : IDisposable
    {
        public void Dispose() => writing.Release();
    }
}
