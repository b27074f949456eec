using System.Data;
using Dapper;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Storage.Stores;

internal sealed class CredentialStore(Database database) : ICredentialStore
{
    /// <summary>Ids in one statement; SQLite allows 32,766 parameters, older builds 999.</summary>
    private const int IdsAtOnce = 500;

    private const string Select =
        """
        SELECT id AS Id, kind AS Kind, account_id AS AccountId, name AS Name, secret_hash AS SecretHash, created_at AS CreatedAt,
               revoked_at AS RevokedAt, expires_at AS ExpiresAt, per_hour AS PerHour, per_day AS PerDay, per_month AS PerMonth,
               first_seen_at AS FirstSeenAt, last_seen_at AS LastSeenAt, secret_number AS SecretNumber,
               old_secret_hash AS OldSecretHash, old_expires_at AS OldExpiresAt
        FROM credentials
        """;

    private const string Insert =
        """
        INSERT INTO credentials
            (id, kind, account_id, name, secret_hash, created_at, revoked_at, expires_at, per_hour, per_day, per_month)
        VALUES (@Id, @Kind, @AccountId, @Name, @SecretHash, @CreatedAt, @RevokedAt, @ExpiresAt, @PerHour, @PerDay, @PerMonth)
        """;

    // Of an account, and not revoked: whatever its people change.
    private const string OfAccount = "WHERE id = @Id AND kind = @Kind AND account_id = @AccountId AND revoked_at IS NULL";

    public Task CreateAsync(StoredCredential created, CancellationToken cancellationToken) =>
        database.ExecuteAsync(Insert, CredentialRow.From(created), cancellationToken);

    public async Task<bool> CreateAsync(StoredCredential created, int most, AuditEntry entry, CancellationToken cancellationToken)
    {
        var row = CredentialRow.From(created);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

        // With its account's row locked nobody else adds one in between.
        var there = await connection.QuerySingleOrDefaultAsync<int?>(new CommandDefinition(
            $"SELECT 1 FROM accounts WHERE id = @AccountId AND leaving_at IS NULL {database.ForUpdate}",
            row,
            transaction,
            cancellationToken: cancellationToken));
        var good = there is null ? most : await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            SELECT count(*) FROM credentials WHERE account_id = @AccountId AND kind = @Kind
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @CreatedAt)
            """,
            row,
            transaction,
            cancellationToken: cancellationToken));
        if (good >= most)
        {
            return false;
        }

        var added = await connection.ExecuteAsync(new CommandDefinition(
            $"{Insert} ON CONFLICT (id) DO NOTHING", row, transaction, cancellationToken: cancellationToken));
        if (added == 0)
        {
            return false;
        }

        await connection.WriteAsync(entry, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public async Task<StoredCredential?> FindAsync(CredentialKind kind, string id, CancellationToken cancellationToken) =>
        (await database.FindAsync<CredentialRow>(
            $"{Select} WHERE id = @Id AND kind = @Kind",
            new { Id = id, Kind = (int)kind },
            cancellationToken))?.ToStored();

    public async Task<IReadOnlyList<Credential>> ListAsync(CredentialKind kind, string? accountId, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<CredentialRow>(
            $"{Select} WHERE kind = @Kind{(accountId is null ? "" : " AND account_id = @AccountId")} ORDER BY created_at, id",
            new { Kind = (int)kind, AccountId = accountId },
            cancellationToken);
        return [.. rows.Select(row => row.ToCredential())];
    }

    public async Task<bool> RevokeAsync(CredentialKind kind, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        await database.ChangeKeysAsync(database.ExecuteAsync(
            "UPDATE credentials SET revoked_at = @At WHERE id = @Id AND kind = @Kind AND revoked_at IS NULL",
            new { Id = id, Kind = (int)kind, At = at.ToUnixTimeMilliseconds() },
            cancellationToken)) == 1;

    public async Task<bool> ExtendAsync(CredentialKind kind, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
        await database.ChangeKeysAsync(database.ExecuteAsync(
            "UPDATE credentials SET expires_at = @Until WHERE id = @Id AND kind = @Kind AND revoked_at IS NULL",
            new { Id = id, Kind = (int)kind, Until = until.ToUnixTimeMilliseconds() },
            cancellationToken)) == 1;

    public async Task<bool> RevokeAsync(
        CredentialKind kind, string accountId, string id, AuditEntry entry, CancellationToken cancellationToken) =>
        await database.ChangeKeysAsync(database.CountChangesAsync(
            $"UPDATE credentials SET revoked_at = @At {OfAccount}",
            new { Id = id, Kind = (int)kind, AccountId = accountId, At = entry.At.ToUnixTimeMilliseconds() },
            entry,
            cancellationToken)) > 0;

    public Task<bool> RenameAsync(
        CredentialKind kind, string accountId, string id, string name, AuditEntry entry, CancellationToken cancellationToken) =>
        database.ChangeAsync(
            $"UPDATE credentials SET name = @Name {OfAccount}",
            new { Id = id, Kind = (int)kind, AccountId = accountId, Name = name },
            entry,
            cancellationToken);

    public async Task<bool> SetLimitsAsync(
        string accountId, string id, KeyLimits limits, AuditEntry entry, CancellationToken cancellationToken) =>
        await database.ChangeKeysAsync(database.CountChangesAsync(
            $"UPDATE credentials SET per_hour = @PerHour, per_day = @PerDay, per_month = @PerMonth {OfAccount}",
            new { Id = id, Kind = (int)CredentialKind.ApiKey, AccountId = accountId, limits.PerHour, limits.PerDay, limits.PerMonth },
            entry,
            cancellationToken)) > 0;

    public Task<bool> RotateAsync(SecretRotation rotation, AuditEntry entry, CancellationToken cancellationToken) =>
        database.ChangeAsync(
            $"""
            UPDATE credentials SET
                old_secret_hash = {(rotation.OldEndsAt is null ? "NULL" : "secret_hash")}, old_expires_at = @OldEndsAt,
                secret_hash = @SecretHash, secret_number = secret_number + 1
            {OfAccount} AND secret_number = @SeenNumber AND (old_expires_at IS NULL OR old_expires_at <= @At)
                AND (expires_at IS NULL OR expires_at > @At)
            """,
            new
            {
                Id = rotation.KeyId,
                Kind = (int)CredentialKind.ApiKey,
                rotation.AccountId,
                rotation.SeenNumber,
                SecretHash = Convert.ToHexStringLower(rotation.SecretHash),
                At = rotation.At.ToUnixTimeMilliseconds(),
                OldEndsAt = rotation.OldEndsAt?.ToUnixTimeMilliseconds(),
            },
            entry,
            cancellationToken);

    public Task<bool> EndOldSecretAsync(string accountId, string id, AuditEntry entry, CancellationToken cancellationToken) =>
        database.ChangeAsync(
            $"UPDATE credentials SET old_secret_hash = NULL, old_expires_at = NULL {OfAccount} AND old_expires_at > @At",
            new { Id = id, Kind = (int)CredentialKind.ApiKey, AccountId = accountId, At = entry.At.ToUnixTimeMilliseconds() },
            entry,
            cancellationToken);

    public Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => database.ExecuteAsync(
        """
        UPDATE credentials SET first_seen_at = coalesce(first_seen_at, @At), last_seen_at = @At
        WHERE id = @Id AND (last_seen_at IS NULL OR last_seen_at < @At)
        """,
        new { Id = id, At = at.ToUnixTimeMilliseconds() },
        cancellationToken);

    public async Task<IReadOnlyList<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var revoked = new List<string>();
        foreach (var some in ids.Chunk(IdsAtOnce))
        {
            revoked.AddRange(await connection.QueryAsync<string>(new CommandDefinition(
                $"SELECT id FROM credentials WHERE revoked_at IS NOT NULL AND id {database.In("@Ids")}",
                new { Ids = some },
                cancellationToken: cancellationToken)));
        }

        return revoked;
    }
}

/// <summary>A row of <c>credentials</c>.</summary>
internal sealed record CredentialRow
{
    public required string Id { get; init; }

    public required int Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    public required string SecretHash { get; init; }

    public required long CreatedAt { get; init; }

    public long? RevokedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    public long? FirstSeenAt { get; init; }

    public long? LastSeenAt { get; init; }

    public int SecretNumber { get; init; }

    public string? OldSecretHash { get; init; }

    public long? OldExpiresAt { get; init; }

    public static CredentialRow From(StoredCredential stored) => new()
    {
        Id = stored.Credential.Id,
        Kind = (int)stored.Credential.Kind,
        AccountId = stored.Credential.AccountId,
        Name = stored.Credential.Name,
        SecretHash = Convert.ToHexStringLower(stored.SecretHash),
        CreatedAt = stored.Credential.CreatedAt.ToUnixTimeMilliseconds(),
        RevokedAt = stored.Credential.RevokedAt?.ToUnixTimeMilliseconds(),
        ExpiresAt = stored.Credential.ExpiresAt?.ToUnixTimeMilliseconds(),
        PerHour = stored.Credential.PerHour,
        PerDay = stored.Credential.PerDay,
        PerMonth = stored.Credential.PerMonth,
    };

    public StoredCredential ToStored()
    {
        var credential = ToCredential();
        return new StoredCredential(credential, Convert.FromHexString(SecretHash))
        {
            Old = OldSecretHash is { } hash && OldExpiresAt is { } end
                ? new OldSecret(
                    credential with { SecretNumber = SecretNumber - 1 }, Convert.FromHexString(hash), StoredTime.Of(end))
                : null,
        };
    }

    public Credential ToCredential() => new()
    {
        Id = Id,
        Kind = (CredentialKind)Kind,
        AccountId = AccountId,
        Name = Name,
        CreatedAt = StoredTime.Of(CreatedAt),
        RevokedAt = StoredTime.Of(RevokedAt),
        ExpiresAt = StoredTime.Of(ExpiresAt),
        PerHour = PerHour,
        PerDay = PerDay,
        PerMonth = PerMonth,
        FirstSeenAt = StoredTime.Of(FirstSeenAt),
        LastSeenAt = StoredTime.Of(LastSeenAt),
        SecretNumber = SecretNumber,
    };
}
