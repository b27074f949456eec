using System.Data;
using System.Data.Common;
using Dapper;
using Polydev.Broker.Audit;

namespace Polydev.Broker.Storage.Stores;

internal sealed class AuditStore(Database database) : IAuditStore
{
    private const string Select =
        """
        SELECT id AS Id, account_id AS AccountId, happened_at AS HappenedAt, action AS Action, actor AS Actor, actor_id AS ActorId,
               actor_name AS ActorName, address AS Address, subject_id AS SubjectId, subject_name AS SubjectName, detail AS Detail
        FROM audit
        """;

    public async Task<AuditPage> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        var subject = query.SubjectId is null ? "" : "AND subject_id = @SubjectId";

        // An entry that is gone, or another account's, has nothing behind it.
        var after = query.After is null
            ? ""
            : "AND (happened_at, id) < (SELECT happened_at, id FROM audit WHERE id = @After AND account_id = @AccountId)";
        var rows = await database.ListAsync<AuditRow>(
            $"{Select} WHERE account_id = @AccountId {subject} {after} ORDER BY happened_at DESC, id DESC LIMIT @Rows",
            new { query.AccountId, query.SubjectId, query.After, Rows = query.PageSize + 1 },
            cancellationToken);

        // One more than the page has says that there is another.
        List<AuditEntry> entries = [.. rows.Take(query.PageSize).Select(row => row.ToEntry())];
        return new AuditPage(entries, rows.Count > entries.Count ? entries[^1].Id : null);
    }

    public Task<int> DeleteAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"""
        DELETE FROM audit WHERE id IN
            (SELECT id FROM audit WHERE happened_at < @Before ORDER BY happened_at LIMIT @Most {database.SkipLocked})
        """,
        new { Before = before.ToUnixTimeMilliseconds(), Most = most },
        cancellationToken);
}

/// <summary>Changes that stand in the audit trail: the change and its entry, or neither.</summary>
internal static class AuditedChanges
{
    /// <summary>One statement, and its entry where it has changed anything.</summary>
    public static async Task<bool> ChangeAsync(
        this Database database, string sql, object parameters, AuditEntry entry, CancellationToken cancellationToken) =>
        await database.CountChangesAsync(sql, parameters, entry, cancellationToken) > 0;

    /// <returns>How many rows the statement has changed; 0: there is no entry.</returns>
    public static async Task<int> CountChangesAsync(
        this Database database, string sql, object parameters, AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        var changed = await connection.ExecuteAsync(
            new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
        if (changed > 0)
        {
            await connection.WriteAsync(entry, transaction, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    public static Task WriteAsync(
        this DbConnection connection, AuditEntry entry, DbTransaction transaction, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO audit
                (id, account_id, happened_at, action, actor, actor_id, actor_name, address, subject_id, subject_name, detail)
            VALUES (@Id, @AccountId, @HappenedAt, @Action, @Actor, @ActorId, @ActorName, @Address, @SubjectId, @SubjectName, @Detail)
            """,
            AuditRow.From(entry),
            transaction,
            cancellationToken: cancellationToken));
}

/// <summary>A row of <c>audit</c>.</summary>
internal sealed record AuditRow
{
    public required string Id { get; init; }

    public required string AccountId { get; init; }

    public required long HappenedAt { get; init; }

    public required string Action { get; init; }

    public required int Actor { get; init; }

    public required string ActorId { get; init; }

    public required string ActorName { get; init; }

    public required string Address { get; init; }

    public required string SubjectId { get; init; }

    public required string SubjectName { get; init; }

    public required string Detail { get; init; }

    public static AuditRow From(AuditEntry entry) => new()
    {
        Id = entry.Id,
        AccountId = entry.AccountId,
        HappenedAt = entry.At.ToUnixTimeMilliseconds(),
        Action = entry.Action,
        Actor = (int)entry.Actor.Kind,
        ActorId = entry.Actor.Id,
        ActorName = entry.Actor.Name,
        Address = entry.Actor.Address,
        SubjectId = entry.SubjectId,
        SubjectName = entry.SubjectName,
        Detail = entry.Detail,
    };

    public AuditEntry ToEntry() => new()
    {
        Id = Id,
        AccountId = AccountId,
        At = StoredTime.Of(HappenedAt),
        Action = Action,
        Actor = new Actor((ActorKind)Actor, ActorId, ActorName, Address),
        SubjectId = SubjectId,
        SubjectName = SubjectName,
        Detail = Detail,
    };
}
