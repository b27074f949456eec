using System.Data.Common;
using Dapper;

namespace Polydev.Broker.Storage;

/// <summary>
/// Where everything is kept that outlives the broker: SQLite or PostgreSQL, of one schema. The first connection of a process brings the
/// schema up to date.
/// </summary>
internal abstract class Database : IDisposable
{
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private volatile bool _isReady;

    /// <summary>SQL, at the end of a query of rows to delete: leaves out those that another transaction is deleting.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>SQL, at the end of a query in a transaction: nobody else changes these rows, or reads them so, until it is over.</summary>
    public abstract string ForUpdate { get; }

    /// <exception cref="StorageException">It cannot be used; the message says why.</exception>
    public async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!_isReady)
        {
            await PrepareOnceAsync(cancellationToken);
        }

        return await ConnectAsync(cancellationToken);
    }

    /// <summary>For who cannot wait otherwise: it holds a thread.</summary>
    /// <exception cref="StorageException">As of <see cref="OpenAsync"/>.</exception>
    public DbConnection Open() => OpenAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>One statement on a connection of its own, as most of the stores' methods are.</summary>
    /// <returns>The rows that it has changed.</returns>
    public async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    /// <returns>The only row; null where there is none.</returns>
    public async Task<TRow?> FindAsync<TRow>(string sql, object parameters, CancellationToken cancellationToken)
        where TRow : class
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<TRow>(
            new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    /// <returns>All rows, in the statement's order.</returns>
    public async Task<IReadOnlyList<TRow>> ListAsync<TRow>(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<TRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
        return rows.AsList();
    }

    /// <summary>To be called before the counters' columns are read: what has been counted elsewhere is written there.</summary>
    public virtual Task StoreCountsAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// A change of what keys may do, which is under way: where that is remembered, it is forgotten as soon as the change is made, by every
    /// broker on this database.
    /// </summary>
    /// <returns>The rows that it has changed.</returns>
    public async Task<int> ChangeKeysAsync(Task<int> change)
    {
        var changed = await change;
        if (changed > 0)
        {
            ForgetKeys();
        }

        return changed;
    }

    /// <summary>What keys may do has been changed: it is read anew from here on.</summary>
    public virtual void ForgetKeys()
    {
    }

    /// <summary>
    /// Who writes often, and at once with others of this process, waits here for the turn, and gives it back by disposing it. SQLite has
    /// one writer at a time and lets who waits for it sleep, for up to 0.1 s; a server needs none of this.
    /// </summary>
    public abstract ValueTask<IDisposable?> TurnToWriteAsync(CancellationToken cancellationToken);

    /// <returns>Where the inserts leave known rows alone, those that were not known; of others nothing is said.</returns>
    public abstract Task<IReadOnlyList<T>> InsertAsync<T>(
        RowInserts<T> inserts, IEnumerable<T> rows, DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>SQL: "is among", of a parameter that is an array.</summary>
    public abstract string In(string parameter);

    public virtual void Dispose() => _preparing.Dispose();

    /// <summary>Once, before any other connection.</summary>
    protected abstract Task PrepareAsync(CancellationToken cancellationToken);

    protected abstract ValueTask<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    private async Task PrepareOnceAsync(CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken);
        try
        {
            if (!_isReady)
            {
                await PrepareAsync(cancellationToken);
                _isReady = true;
            }
        }
        finally
        {
            _preparing.Release();
        }
    }
}

/// <summary>Where the broker keeps what must outlive it.</summary>
internal sealed record StorageOptions
{
    /// <summary>A folder, made for this user alone where it does not exist.</summary>
    public required string DataFolder { get; init; }

    /// <summary>How PostgreSQL is reached, in Npgsql's words: <c>Host=…;Database=…</c>. Null: SQLite in the data folder.</summary>
    public string? Postgres { get; init; }
}

/// <summary>The data folder or its database cannot be used; the message says why and what to do.</summary>
internal sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
