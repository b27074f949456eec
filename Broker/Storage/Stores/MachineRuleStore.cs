using System.Data;
using Dapper;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;

namespace Polydev.Broker.Storage.Stores;

internal sealed class MachineRuleStore(Database database) : IMachineRuleStore
{
    private const string Select =
        """
        SELECT token_id AS TokenId, provider AS Provider, allow_overage AS AllowOverage, reserve_percent AS ReservePercent
        FROM machine_rules WHERE account_id = @AccountId
        """;

    private const string Upsert =
        """
        INSERT INTO machine_rules (account_id, token_id, provider, allow_overage, reserve_percent)
        VALUES (@AccountId, @TokenId, @Provider, @AllowOverage, @ReservePercent)
        ON CONFLICT (account_id, token_id, provider)
            DO UPDATE SET allow_overage = excluded.allow_overage, reserve_percent = excluded.reserve_percent
        """;

    public async Task<ILookup<string, MachineRule>> ListAsync(string accountId, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<Row>($"{Select} ORDER BY token_id, provider", new { AccountId = accountId }, cancellationToken);
        return rows.ToLookup(row => row.TokenId, row => row.ToRule(), StringComparer.Ordinal);
    }

    public async Task<IReadOnlyList<MachineRule>> ListAsync(string accountId, string machineId, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<Row>(
            $"{Select} AND token_id = @TokenId ORDER BY provider", new { AccountId = accountId, TokenId = machineId }, cancellationToken);
        return [.. rows.Select(row => row.ToRule())];
    }

    public async Task<bool> SetAsync(
        string accountId, string machineId, IReadOnlyList<MachineRule> rules, AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

        // With its row locked the machine is not revoked in between, nor its account left.
        var there = await connection.QuerySingleOrDefaultAsync<int?>(new CommandDefinition(
            $"""
            SELECT 1 FROM credentials
            WHERE id = @Id AND kind = @Kind AND account_id = @AccountId AND revoked_at IS NULL {database.ForUpdate}
            """,
            new { Id = machineId, Kind = (int)CredentialKind.TunnelToken, AccountId = accountId },
            transaction,
            cancellationToken: cancellationToken));
        if (there is null)
        {
            return false;
        }

        foreach (var rule in rules)
        {
            var row = new Row
            {
                AccountId = accountId,
                TokenId = machineId,
                Provider = rule.Provider,
                AllowOverage = rule.AllowsOverage ? 1 : 0,
                ReservePercent = rule.ReservePercent,
            };
            await connection.ExecuteAsync(new CommandDefinition(Upsert, row, transaction, cancellationToken: cancellationToken));
        }

        await connection.WriteAsync(entry, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private sealed record Row
    {
        public string AccountId { get; init; } = string.Empty;

        public required string TokenId { get; init; }

        public required string Provider { get; init; }

        public required int AllowOverage { get; init; }

        public required int ReservePercent { get; init; }

        public MachineRule ToRule() => new()
        {
            Provider = Provider,
            AllowsOverage = AllowOverage != 0,
            ReservePercent = ReservePercent,
        };
    }
}
