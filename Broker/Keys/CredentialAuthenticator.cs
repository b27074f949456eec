using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>Tells whose a presented secret is.</summary>
internal sealed class CredentialAuthenticator(ICredentialStore store, CredentialCache cache, TimeProvider time)
{
    /// <summary>
    /// The credential, or null where the text is malformed, unknown, revoked, expired, or of another kind. Compares in constant time.
    /// </summary>
    public ValueTask<Credential?> AuthenticateAsync(CredentialKind kind, string? presented, CancellationToken cancellationToken)
    {
        if (!SecretToken.TryParse(kind.Prefix(), presented, out var token))
        {
            return default;
        }

        return cache.Find(kind, token.Id) is { } known
            ? ValueTask.FromResult(known.OfWhoHas(token, time))
            : ReadAsync(kind, token, cancellationToken);
    }

    private async ValueTask<Credential?> ReadAsync(CredentialKind kind, SecretToken token, CancellationToken cancellationToken)
    {
        while (true)
        {
            var began = cache.Now;
            var stored = await store.FindAsync(kind, token.Id, cancellationToken);

            // The secret comes first: who cannot prove it must not learn whether this id is revoked.
            if (stored?.OfWhoHas(token, time) is not { } proved || !proved.IsGoodAt(time.GetUtcNow()))
            {
                return null;
            }

            if (cache.TryAdd(stored, began))
            {
                return proved;
            }
        }
    }
}
