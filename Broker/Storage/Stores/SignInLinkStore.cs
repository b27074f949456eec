using Dapper;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Storage.Stores;

internal sealed class SignInLinkStore(Database database) : ISignInLinkStore
{
    private const string Site = "site";

    public Task CreateAsync(SignInLink link, CancellationToken cancellationToken) => database.ExecuteAsync(
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
        cancellationToken);

    public async Task<SignInLink?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await database.FindAsync<Row>(
            """
            SELECT id AS Id, account_id AS AccountId, secret_hash AS SecretHash, created_at AS CreatedAt, expires_at AS ExpiresAt,
                   used_at AS UsedAt
            FROM sign_in_links WHERE id = @Id
            """,
            new { Id = id },
            cancellationToken))?.ToLink();

    public async Task<bool> UseAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE sign_in_links SET used_at = @Now WHERE id = @Id AND used_at IS NULL AND expires_at > @Now",
            new { Id = id, Now = now.ToUnixTimeMilliseconds() },
            cancellationToken) == 1;

    public Task TellSiteAsync(Uri site, CancellationToken cancellationToken) => database.ExecuteAsync(
        "INSERT INTO settings (name, value) VALUES (@Site, @Value) ON CONFLICT (name) DO UPDATE SET value = @Value",
        new { Site, Value = site.AbsoluteUri },
        cancellationToken);

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
            CreatedAt = StoredTime.Of(CreatedAt),
            ExpiresAt = StoredTime.Of(ExpiresAt),
            UsedAt = StoredTime.Of(UsedAt),
        };
    }
}
