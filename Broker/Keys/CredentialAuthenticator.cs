using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>One indexed read for each call and nothing remembered, so that a revocation counts from the next call on.</summary>
internal sealed class CredentialAuthenticator(ICredentialStore store) : ICredentialAuthenticator
{
    public async ValueTask<Credential?> AuthenticateAsync(CredentialKind kind, string? presented, CancellationToken cancellationToken)
    {
        if (!SecretToken.TryParse(kind.Prefix(), presented, out var token))
        {
            return null;
        }

        var stored = await store.FindAsync(kind, token.Id, cancellationToken);

        // The secret comes first: who cannot prove it must not learn whether this id is revoked.
        return stored is not null && token.Matches(stored.SecretHash) && stored.Credential.RevokedAt is null
            ? stored.Credential
            : null;
    }
}
