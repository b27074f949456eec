namespace Polydev.Broker.Keys;

/// <summary>Keeps credentials and the hashes of their secrets. Ids are unique over both kinds.</summary>
internal interface ICredentialStore
{
    /// <summary>The account must exist.</summary>
    Task CreateAsync(StoredCredential created, CancellationToken cancellationToken);

    /// <summary>Revoked ones too; null where there is none of this kind.</summary>
    Task<StoredCredential?> FindAsync(CredentialKind kind, string id, CancellationToken cancellationToken);

    /// <summary>Revoked ones too, oldest first.</summary>
    /// <param name="accountId">Null: of all accounts.</param>
    Task<IReadOnlyList<Credential>> ListAsync(CredentialKind kind, string? accountId, CancellationToken cancellationToken);

    /// <summary>False where there is none, or where it was revoked before: the first time stays.</summary>
    Task<bool> RevokeAsync(CredentialKind kind, string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>False where there is none that is not revoked.</summary>
    Task<bool> ExtendAsync(CredentialKind kind, string id, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>False where the account has none of that id that is not revoked.</summary>
    Task<bool> RenameAsync(CredentialKind kind, string accountId, string id, string name, CancellationToken cancellationToken);

    /// <summary>Its tunnel is connected, or was until now. A time before the last one is none.</summary>
    Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// Those among <paramref name="ids"/> that are revoked. Asked by id and not by time, so that neither a clock that was set
    /// nor a revocation that waited for its turn to be written can hide one.
    /// </summary>
    Task<IReadOnlyList<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);
}

/// <summary>What a store knows of one secret.</summary>
/// <param name="SecretHash">SHA-256, 32 bytes.</param>
internal sealed record StoredCredential(Credential Credential, byte[] SecretHash);
