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
    public async Task<IssuedCredential> CreateAsync(string accountId, string? name, Actor actor, CancellationToken cancellationToken) =>
        await IssueAsync(accountId, id: null, name, actor, cancellationToken) ?? throw Full();

    /// <summary>As <see cref="CreateAsync"/>, once for a draft. Null where it has made its token before.</summary>
    /// <param name="draft">See <see cref="FormDraft"/>.</param>
    /// <exception cref="RefusedChangeException">The name is none, or the account has as many as it may.</exception>
    public async Task<IssuedCredential?> CreateOnceAsync(
        string draft, string accountId, string? name, Actor actor, CancellationToken cancellationToken)
    {
        var id = FormDraft.IdOf(CredentialKind.AccountToken, accountId, draft);
        var issued = await IssueAsync(accountId, id, name, actor, cancellationToken);
        return issued is null && await FindAsync(accountId, id, cancellationToken) is null ? throw Full() : issued;
    }

    /// <summary>A revoked one too; null where the account has none of that id.</summary>
    public async Task<Credential?> FindAsync(string accountId, string id, CancellationToken cancellationToken) =>
        await store.FindAsync(CredentialKind.AccountToken, id, cancellationToken) is { Credential: var found }
        && found.AccountId == accountId
            ? found
            : null;

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

    private Task<IssuedCredential?> IssueAsync(
        string accountId, string? id, string? name, Actor actor, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.AccountToken,
            AccountId = accountId,
            Name = CredentialName.Read(name),
            Id = id,
        };
        return issuer.IssueAsync(request, Most, actor, cancellationToken);
    }

    private static RefusedChangeException Full() => new($"The account has its {Most} tokens. Revoke one first.");
}
