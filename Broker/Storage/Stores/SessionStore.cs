using Polydev.Broker.Audit;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Storage.Stores;

internal sealed class SessionStore(Database database) : ISessionStore
{
    private const string Select =
        """
        SELECT id AS Id, account_id AS AccountId, secret_hash AS SecretHash, browser AS Browser, address AS Address,
               created_at AS CreatedAt, seen_at AS SeenAt, expires_at AS ExpiresAt, ended_at AS EndedAt
        FROM sessions
        """;

    public async Task CreateAsync(Session session, AuditEntry entry, CancellationToken cancellationToken)
    {
        var row = Row.From(session);
        await database.ExecuteAsync("DELETE FROM sessions WHERE expires_at < @CreatedAt", row, cancellationToken);
        await database.ChangeAsync(
            """
            INSERT INTO sessions (id, account_id, secret_hash, browser, address, created_at, seen_at, expires_at, ended_at)
            SELECT @Id, id, @SecretHash, @Browser, @Address, @CreatedAt, @SeenAt, @ExpiresAt, CAST(@EndedAt AS BIGINT)
            FROM accounts WHERE id = @AccountId AND leaving_at IS NULL
            """,
            row,
            entry,
            cancellationToken);
    }

    public async Task<Session?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await database.FindAsync<Row>($"{Select} WHERE id = @Id", new { Id = id }, cancellationToken))?.ToSession();

    public async Task<IReadOnlyList<Session>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<Row>(
            $"{Select} WHERE account_id = @AccountId AND ended_at IS NULL AND expires_at > @Now ORDER BY created_at DESC, id",
            new { AccountId = accountId, Now = now.ToUnixTimeMilliseconds() },
            cancellationToken);
        return [.. rows.Select(row => row.ToSession())];
    }

    public Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => database.ExecuteAsync(
        "UPDATE sessions SET seen_at = @At WHERE id = @Id AND seen_at < @At",
        new { Id = id, At = at.ToUnixTimeMilliseconds() },
        cancellationToken);

    public async Task<bool> EndAsync(string accountId, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE sessions SET ended_at = @At WHERE id = @Id AND account_id = @AccountId AND ended_at IS NULL",
            new { AccountId = accountId, Id = id, At = at.ToUnixTimeMilliseconds() },
            cancellationToken) == 1;

    public Task<int> EndAllAsync(string accountId, AuditEntry entry, CancellationToken cancellationToken) => database.CountChangesAsync(
        "UPDATE sessions SET ended_at = @At WHERE account_id = @AccountId AND ended_at IS NULL",
        new { AccountId = accountId, At = entry.At.ToUnixTimeMilliseconds() },
        entry,
        cancellationToken);

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string AccountId { get; init; }

        public required string SecretHash { get; init; }

        public required string Browser { get; init; }

        public required string Address { get; init; }

        public required long CreatedAt { get; init; }

        public required long SeenAt { get; init; }

        public required long ExpiresAt { get; init; }

        public long? EndedAt { get; init; }

        public static Row From(Session session) => new()
        {
            Id = session.Id,
            AccountId = session.AccountId,
            SecretHash = Convert.ToHexStringLower(session.SecretHash),
            Browser = session.Browser,
            Address = session.Address,
            CreatedAt = session.CreatedAt.ToUnixTimeMilliseconds(),
            SeenAt = session.SeenAt.ToUnixTimeMilliseconds(),
            ExpiresAt = session.ExpiresAt.ToUnixTimeMilliseconds(),
            EndedAt = session.EndedAt?.ToUnixTimeMilliseconds(),
        };

        public Session ToSession() => new()
        {
            Id = Id,
            AccountId = AccountId,
            SecretHash = Convert.FromHexString(SecretHash),
            Browser = Browser,
            Address = Address,
            CreatedAt = StoredTime.Of(CreatedAt),
            SeenAt = StoredTime.Of(SeenAt),
            ExpiresAt = StoredTime.Of(ExpiresAt),
            EndedAt = StoredTime.Of(EndedAt),
        };
    }
}
