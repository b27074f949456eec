using Dapper;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Storage;

internal sealed class SignInLinkStore(Database database) : ISignInLinkStore
{
    private const string Site = "site";

    public async Task CreateAsync(SignInLink link, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            DELETE FROM sign_in_links WHERE expires_at < @Forgotten;
            INSERT INTO sign_in_links (id, account_id, secret_hash, created_at, expires_at, used_at)
            VALUES (@Id, @AccountId, @SecretHash, @CreatedAt, @ExpiresAt, NULL)
            """,
            new
            {
                link.Id,
                link.AccountId,
                SecretHash = Convert.ToHexStringLower(link.SecretHash),
                CreatedAt = link.CreatedAt.ToUnixTimeMilliseconds(),
                ExpiresAt = link.ExpiresAt.ToUnixTimeMilliseconds(),
                Forgotten = link.CreatedAt.AddDays(-1).ToUnixTimeMilliseconds(),
            },
            cancellationToken: cancellationToken));
    }

    public async Task<SignInLink?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            """
            SELECT id AS Id, account_id AS AccountId, secret_hash AS SecretHash, created_at AS CreatedAt, expires_at AS ExpiresAt,
                   used_at AS UsedAt
            FROM sign_in_links WHERE id = @Id
            """,
            new { Id = id },
            cancellationToken: cancellationToken));
        return row?.ToLink();
    }

    public async Task<bool> UseAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var used = await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE sign_in_links SET used_at = @Now WHERE id = @Id AND used_at IS NULL AND expires_at > @Now",
            new { Id = id, Now = now.ToUnixTimeMilliseconds() },
            cancellationToken: cancellationToken));
        return used == 1;
    }

    public async Task TellSiteAsync(Uri site, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "INSERT INTO settings (name, value) VALUES (@Site, @Value) ON CONFLICT (name) DO UPDATE SET value = @Value",
            new { Site, Value = site.AbsoluteUri },
            cancellationToken: cancellationToken));
    }

    public async Task<Uri?> FindSiteAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var site = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT value FROM settings WHERE name = @Site", new { Site }, cancellationToken: cancellationToken));
        return site is null ? null : new Uri(site);
    }

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string AccountId { get; init; }

        public required string SecretHash { get; init; }

        public required long CreatedAt { get; init; }

        public required long ExpiresAt { get; init; }

        public long? UsedAt { get; init; }

        public SignInLink ToLink() => new()
        {
            Id = Id,
            AccountId = AccountId,
            SecretHash = Convert.FromHexString(SecretHash),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
            UsedAt = UsedAt is { } used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null,
        };
    }
}
