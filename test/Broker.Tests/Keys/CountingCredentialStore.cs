using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Keys;

/// <summary>Counts the look-ups that reach the store behind it, and holds them up where a test says so.</summary>
internal sealed class CountingCredentialStore(ICredentialStore inner) : ICredentialStore
{
    private int _reads;
    private int _revocationChecks;

    public int Reads => _reads;

    public int RevocationChecks => _revocationChecks;

    /// <summary>Where the next look-up waits with what it has read; those behind it do not.</summary>
    public SyncPoint? AfterRead { get; set; }

    public Task CreateAsync(StoredCredential created, CancellationToken cancellationToken) => inner.CreateAsync(created, cancellationToken);

    public async Task<StoredCredential?> FindAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        var found = await inner.FindAsync(kind, id, cancellationToken);
        if (AfterRead is { } point)
        {
            AfterRead = null;
            await point.ArriveAsync(cancellationToken);
        }

        return found;
    }

    public Task<IReadOnlyList<Credential>> ListAsync(CredentialKind kind, string? accountId, CancellationToken cancellationToken) =>
        inner.ListAsync(kind, accountId, cancellationToken);

    public Task<bool> RevokeAsync(CredentialKind kind, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        inner.RevokeAsync(kind, id, at, cancellationToken);

    public Task<bool> ExtendAsync(CredentialKind kind, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
        inner.ExtendAsync(kind, id, until, cancellationToken);

    public Task<bool> CreateAsync(StoredCredential created, int most, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.CreateAsync(created, most, entry, cancellationToken);

    public Task<bool> RevokeAsync(
        CredentialKind kind, string accountId, string id, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.RevokeAsync(kind, accountId, id, entry, cancellationToken);

    public Task<bool> RenameAsync(
        CredentialKind kind, string accountId, string id, string name, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.RenameAsync(kind, accountId, id, name, entry, cancellationToken);

    public Task<bool> SetLimitsAsync(
        string accountId, string id, KeyLimits limits, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.SetLimitsAsync(accountId, id, limits, entry, cancellationToken);

    public Task<bool> RotateAsync(SecretRotation rotation, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.RotateAsync(rotation, entry, cancellationToken);

    public Task<bool> EndOldSecretAsync(string accountId, string id, AuditEntry entry, CancellationToken cancellationToken) =>
        inner.EndOldSecretAsync(accountId, id, entry, cancellationToken);

    public Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        inner.NoteSeenAsync(id, at, cancellationToken);

    public Task<IReadOnlyList<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _revocationChecks);
        return inner.FindRevokedAsync(ids, cancellationToken);
    }
}
