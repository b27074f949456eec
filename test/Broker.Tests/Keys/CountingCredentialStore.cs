using Polydev.Broker.Keys;

namespace Polydev.Broker.Tests.Keys;

/// <summary>Counts the look-ups that reach the store behind it.</summary>
internal sealed class CountingCredentialStore(ICredentialStore inner) : ICredentialStore
{
    private int _reads;

    public int Reads => _reads;

    public Task CreateAsync(StoredCredential created, CancellationToken cancellationToken) => inner.CreateAsync(created, cancellationToken);

    public Task<StoredCredential?> FindAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return inner.FindAsync(kind, id, cancellationToken);
    }

    public Task<IReadOnlyList<Credential>> ListAsync(CredentialKind kind, string? accountId, CancellationToken cancellationToken) =>
        inner.ListAsync(kind, accountId, cancellationToken);

    public Task<bool> RevokeAsync(CredentialKind kind, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
        inner.RevokeAsync(kind, id, at, cancellationToken);

    public Task<IReadOnlyList<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        inner.FindRevokedAsync(ids, cancellationToken);
}
