using Polydev.Broker.Audit;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Keys;

/// <summary>An account's tokens for the management API: <c>pa_…</c>. None is good as an API key, nor for a tunnel.</summary>
internal sealed class AccountTokens(
    ICredentialStore store, CredentialIssuer issuer, CredentialAuthenticator authenticator, TimeProvider time)
{
    /// <summary>Good ones of an account.</summary>
    public const int Most = 50;

    /// <summary>How exactly it is noted when one was last used: a row is not written for each request.</summary>
    public static readonly TimeSpan SeenWithin = TimeSpan.FromMinutes(5);

    /// <summary>Revoked ones too, oldest first.</summary>
    public Task<IReadOnlyList<Credential>> ListAsync(string accountId, CancellationToken cancellationToken) =>
        store.ListAsync(CredentialKind.AccountToken, accountId, cancellationToken);

    /// <summary>The secret is shown this once.</summary>
    /// <exception cref="RefusedChangeException">The name is none, or the account has as many as it may.</exception>
    public async Task<IssuedCredential> CreateAsync(string accountId, string? name, Actor actor, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.AccountToken,
            AccountId = accountId,
            Name = CredentialName.Read(name),
        };
        return await issuer.IssueAsync(request, Most, actor, cancellationToken)
            ?? throw new RefusedChangeException($"The account has its {Most} tokens. Revoke one first.");
    }

    /// <summary>False where the account has none of that id that is not revoked.</summary>
    public Task<bool> RevokeAsync(string accountId, string id, Actor actor, CancellationToken cancellationToken) =>
        issuer.RevokeAsync(CredentialKind.AccountToken, accountId, id, actor, cancellationToken);

    /// <summary>Whose it is; null where it is no account token, unknown or revoked. Compares in constant time.</summary>
    public async ValueTask<Credential?> AuthenticateAsync(string? presented, CancellationToken cancellationToken)
    {
        var token = await authenticator.AuthenticateAsync(CredentialKind.AccountToken, presented, cancellationToken);
        var now = time.GetUtcNow();
        if (token is not null && !(now - token.LastSeenAt < SeenWithin))
        {
            await store.NoteSeenAsync(token.Id, now, cancellationToken);
        }

        return token;
    }
}
