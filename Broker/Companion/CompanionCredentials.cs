using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Companion;

/// <summary>The token and the key of one <c>--with-tunnel</c> run. Those of a run that was killed are revoked by the next.</summary>
internal sealed class CompanionCredentials(AccountDirectory accounts, CredentialIssuer issuer, ICredentialStore store)
{
    private const string Name = "with-tunnel";

    public async Task<(Account Account, string Token, string Key)> CreateAsync(CancellationToken cancellationToken)
    {
        var owner = await accounts.EnsureOwnerAsync(cancellationToken);
        await RevokeAsync(cancellationToken);
        var token = await issuer.IssueAsync(Request(CredentialKind.TunnelToken, owner), cancellationToken);
        var key = await issuer.IssueAsync(Request(CredentialKind.ApiKey, owner), cancellationToken);
        return (owner, token.Secret.Reveal(), key.Secret.Reveal());
    }

    public async Task RevokeAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<CredentialKind>())
        {
            foreach (var old in await store.ListAsync(kind, Account.OwnerId, cancellationToken))
            {
                if (old is { Name: Name, RevokedAt: null })
                {
                    await issuer.RevokeAsync(kind, old.Id, cancellationToken);
                }
            }
        }
    }

    private static CredentialRequest Request(CredentialKind kind, Account owner) =>
        new() { Kind = kind, AccountId = owner.Id, Name = Name };
}
