using System.Data.Common;
using System.Net.Sockets;
using Dapper;
using DbUp;
using DbUp.Postgresql;
using Npgsql;

namespace Polydev.Broker.Storage;

/// <summary>A PostgreSQL database that several brokers may share. It must exist, and its user must be allowed to make tables.</summary>
internal sealed class PostgresDatabase : Database
{
    // Any number that nobody else on the server locks by.
    private const long MigrationLock = 0x706F6C79646576;

    private const int Connections = 20;

    // Of one statement: fewer round trips, and few enough statements to be kept prepared.
    private const int RowsAtOnce = 12;

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;

    /// <exception cref="StorageException">The text is no connection string.</exception>
    public PostgresDatabase(StorageOptions options, TimeProvider time)
    {
        _time = time;
        try
        {
            // A stock server takes 100 connections in all: those who wait for one of ours are quicker than it is with more. Who says
            // otherwise stands behind, and wins.
            _source = new NpgsqlDataSourceBuilder($"Maximum Pool Size={Connections};{options.Postgres}")
            {
                // Each statement is parsed and planned once for each connection.
                ConnectionStringBuilder = { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, ApplicationName = "polydev-broker" },
            }.Build();
        }
        catch (ArgumentException e)
        {
            throw new StorageException(
                $"--database is no connection string of PostgreSQL (Host=…;Database=…;Username=…): {e.Message}", e);
        }
    }

    public override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    public override string ForUpdate => "FOR NO KEY UPDATE";

    public override string In(string parameter) => $"= ANY({parameter})";

    public override ValueTask<IDisposable?> TurnToWriteAsync(CancellationToken cancellationToken) => default;

    public override async Task<IReadOnlyList<T>> InsertAsync<T>(
        RowInserts<T> inserts, IEnumerable<T> rows, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var (all, told) = (rows.ToList(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var alike in all.Chunk(RowsAtOnce).GroupBy(some => some.Length))
        {
            await using var command = CommandOf(inserts, alike.Key, transaction);
            foreach (var some in alike)
            {
                for (var index = 0; index < command.Parameters.Count; index++)
                {
                    var (row, column) = Math.DivRem(index, inserts.Columns);
                    command.Parameters[index].Value = inserts.Value(some[row], column).ToObject() ?? DBNull.Value;
                }

                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    told.Add(reader.GetString(0));
                }
            }
        }

        // Each was told once, however often it is among the rows.
        return [.. all.Where(row => told.Remove(inserts.Value(row, 0).Text ?? string.Empty))];
    }

    public override void Dispose()
    {
        base.Dispose();
        _source.Dispose();
    }

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);

            // Brokers that start at once wait here for the first, and then find all done. The lock ends with this connection's session.
            await connection.ExecuteAsync("SELECT pg_advisory_lock(@MigrationLock)", new { MigrationLock });
            try
            {
                var manager = new PostgresqlConnectionManager(_source);
                Migrations.Apply(
                    connection, DeployChanges.To.PostgresqlDatabase(manager), Migrations.OfPostgres, "--database", _time);
            }
            finally
            {
                await connection.ExecuteAsync("SELECT pg_advisory_unlock(@MigrationLock)", new { MigrationLock });
            }
        }
        catch (Exception e) when (e is NpgsqlException or SocketException)
        {
            throw new StorageException($"The database of --database cannot be used: {e.Message}", e);
        }
    }

    protected override async ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            // A name that does not resolve; whoever calls expects what every other failure is.
            throw new NpgsqlException(e.Message, e);
        }
    }

    private static DbCommand CommandOf<T>(RowInserts<T> inserts, int rows, DbTransaction transaction)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = inserts.LeavesKnown ? $"{inserts.StatementOf(rows)} RETURNING {inserts.Key}" : inserts.StatementOf(rows);
        foreach (var name in inserts.ParametersOf(rows))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
