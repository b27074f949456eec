using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;

namespace Polydev.Broker.Storage.Stores;

internal sealed class AccountStore(Database database) : IAccountStore
{
    public const string Insert =
        "INSERT INTO accounts (id, name, tier, created_at) VALUES (@Id, @Name, @Tier, @CreatedAt) ON CONFLICT DO NOTHING";

    private const string Select =
        "SELECT id AS Id, name AS Name, tier AS Tier, created_at AS CreatedAt FROM accounts WHERE leaving_at IS NULL";

    public async Task<bool> CreateAsync(Account account, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(Insert, AccountRow.From(account), cancellationToken) == 1;

    public Task<Account?> FindAsync(string id, CancellationToken cancellationToken) =>
        FindOneAsync($"{Select} AND id = @Value", id, cancellationToken);

    public Task<Account?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        FindOneAsync($"{Select} AND name = @Value", name, cancellationToken);

    public async Task<IReadOnlyList<Account>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<AccountRow>($"{Select} ORDER BY created_at, id", null, cancellationToken);
        return [.. rows.Select(row => row.ToAccount())];
    }

    public async Task<bool> SetTierAsync(string id, AccountTier tier, AuditEntry entry, CancellationToken cancellationToken) =>
        await database.ChangeKeysAsync(database.CountChangesAsync(
            "UPDATE accounts SET tier = @Tier WHERE id = @Id AND leaving_at IS NULL",
            new { Id = id, Tier = (int)tier },
            entry,
            cancellationToken)) > 0;

    private async Task<Account?> FindOneAsync(string sql, string value, CancellationToken cancellationToken) =>
        (await database.FindAsync<AccountRow>(sql, new { Value = value }, cancellationToken))?.ToAccount();
}

/// <summary>A row of <c>accounts</c>.</summary>
internal sealed record AccountRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required int Tier { get; init; }

    public required long CreatedAt { get; init; }

    public static AccountRow From(Account account) => new()
    {
        Id = account.Id,
        Name = account.Name,
        Tier = (int)account.Tier,
        CreatedAt = account.CreatedAt.ToUnixTimeMilliseconds(),
    };

    public Account ToAccount() => new()
    {
        Id = Id,
        Name = Name,
        Tier = (AccountTier)Tier,
        CreatedAt = StoredTime.Of(CreatedAt),
    };
}
