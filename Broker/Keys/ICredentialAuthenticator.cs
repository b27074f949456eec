namespace Polydev.Broker.Keys;

/// <summary>Tells whose a presented secret is.</summary>
internal interface ICredentialAuthenticator
{
    /// <summary>The credential, or null where the text is malformed, unknown, revoked, or of the other kind. Compares in constant time.</summary>
    ValueTask<Credential?> AuthenticateAsync(CredentialKind kind, string? presented, CancellationToken cancellationToken);
}
