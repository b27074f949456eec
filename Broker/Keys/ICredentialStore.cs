using Polydev.Broker.Audit;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>
/// Keeps credentials and the hashes of their secrets. Ids are unique over all kinds. What takes an <see cref="AuditEntry"/> writes it in
/// the change's own transaction, and not at all where nothing has changed.
/// </summary>
internal interface ICredentialStore
{
    /// <summary>The broker's own, which no account is asked about. The account must exist.</summary>
    Task CreateAsync(StoredCredential created, CancellationToken cancellationToken);

    /// <summary>
    /// False, and nothing is kept, where the account has <paramref name="most"/> good ones of the kind, however many ask at once; or where
    /// there is no such account, or it is being deleted; or where the id is taken.
    /// </summary>
    Task<bool> CreateAsync(StoredCredential created, int most, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Revoked ones too; null where there is none of this kind.</summary>
    Task<StoredCredential?> FindAsync(CredentialKind kind, string id, CancellationToken cancellationToken);

    /// <summary>Revoked ones too, oldest first.</summary>
    /// <param name="accountId">Null: of all accounts.</param>
    Task<IReadOnlyList<Credential>> ListAsync(CredentialKind kind, string? accountId, CancellationToken cancellationToken);

    /// <summary>The broker's own. False where there is none, or where it was revoked before: the first time stays.</summary>
    Task<bool> RevokeAsync(CredentialKind kind, string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>False where the account has none of that id that is not revoked.</summary>
    Task<bool> RevokeAsync(CredentialKind kind, string accountId, string id, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>False where there is none that is not revoked.</summary>
    Task<bool> ExtendAsync(CredentialKind kind, string id, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>False where the account has none of that id that is not revoked.</summary>
    Task<bool> RenameAsync(
        CredentialKind kind, string accountId, string id, string name, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Of an API key. False where the account has none of that id that is not revoked.</summary>
    Task<bool> SetLimitsAsync(string accountId, string id, KeyLimits limits, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>
    /// Gives an API key another secret. False where the account has none of that id that is not revoked, where it has been rotated since it
    /// was read, or where its old secret is still good: of two who rotate at once one is told true.
    /// </summary>
    Task<bool> RotateAsync(SecretRotation rotation, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>False where the account has no API key of that id that has an old secret which is good.</summary>
    Task<bool> EndOldSecretAsync(string accountId, string id, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Its tunnel is connected, or was until now. A time before the last one is none.</summary>
    Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// Those among <paramref name="ids"/> that are revoked. Asked by id and not by time, so that neither a clock that was set
    /// nor a revocation that waited for its turn to be written can hide one.
    /// </summary>
    Task<IReadOnlyList<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);
}

/// <summary>What a store knows of one credential.</summary>
/// <param name="SecretHash">SHA-256, 32 bytes.</param>
internal sealed record StoredCredential(Credential Credential, byte[] SecretHash)
{
    /// <summary>The secret before the last rotation, as long as its hash is kept; null: none.</summary>
    public OldSecret? Old { get; init; }

    /// <summary>As of the secret that is presented; null where that is neither the newest nor the old one within its time.</summary>
    public Credential? OfWhoHas(SecretToken presented, TimeProvider time)
    {
        if (presented.Matches(SecretHash))
        {
            return Credential;
        }

        return Old is { } old && presented.Matches(old.SecretHash) && old.EndsAt > time.GetUtcNow() ? old.Credential : null;
    }
}

/// <param name="Credential">As of this secret.</param>
internal sealed record OldSecret(Credential Credential, byte[] SecretHash, DateTimeOffset EndsAt);

/// <summary>A new secret for an API key.</summary>
internal sealed record SecretRotation
{
    public required string AccountId { get; init; }

    public required string KeyId { get; init; }

    /// <summary>Of the newest secret when the key was read.</summary>
    public required int SeenNumber { get; init; }

    /// <summary>Of the new one.</summary>
    public required byte[] SecretHash { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Until when the secret before stays good; null: it is good no longer.</summary>
    public DateTimeOffset? OldEndsAt { get; init; }
}
