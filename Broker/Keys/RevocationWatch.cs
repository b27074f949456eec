namespace Polydev.Broker.Keys;

/// <summary>
/// One stream's entry in <see cref="Revocations"/>. Its source is left to the collector: it owns no timer and no handle, and
/// disposing it could race with a revocation that is just being announced.
/// </summary>
internal sealed class RevocationWatch(Revocations revocations, string credentialId) : IRevocationWatch
{
    private readonly CancellationTokenSource _revoked = new();

    public string CredentialId => credentialId;

    public CancellationToken Revoked => _revoked.Token;

    public Task RevokeAsync() => _revoked.CancelAsync();

    public void Dispose() => revocations.Leave(this);
}
