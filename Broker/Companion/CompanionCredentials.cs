using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Companion;

/// <summary>
/// The token and the key of one <c>--with-tunnel</c> run: revoked when it ends, or by the next run where it was killed. Another run on the
/// same data folder that still lives (one broker is just being replaced by the next) keeps its own.
/// </summary>
/// <param name="folder">The broker's data folder.</param>
internal sealed class CompanionCredentials(string folder, AccountDirectory accounts, CredentialIssuer issuer, ICredentialStore store)
{
    private const string NamePrefix = "with-tunnel";

    private readonly List<Credential> _issued = [];
    private CompanionLease? _lease;

    public async Task<(Account Account, string Token, string Key)> CreateAsync(CancellationToken cancellationToken)
    {
        var owner = await accounts.EnsureOwnerAsync(cancellationToken);
        await RevokeThoseOfDeadRunsAsync(cancellationToken);
        _lease = CompanionLease.Take(folder);
        var token = await IssueAsync(CredentialKind.TunnelToken, owner, cancellationToken);
        var key = await IssueAsync(CredentialKind.ApiKey, owner, cancellationToken);
        return (owner, token, key);
    }

    /// <summary>Ends what this run has issued.</summary>
    public async Task RevokeAsync()
    {
        foreach (var credential in _issued)
        {
            await issuer.RevokeAsync(credential.Kind, credential.Id, CancellationToken.None);
        }

        _lease?.Dispose();
    }

    private async Task<string> IssueAsync(CredentialKind kind, Account owner, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest { Kind = kind, AccountId = owner.Id, Name = $"{NamePrefix} {_lease!.Id}" };
        var issued = await issuer.IssueAsync(request, cancellationToken);
        _issued.Add(issued.Credential);
        return issued.Secret.Reveal();
    }

    private async Task RevokeThoseOfDeadRunsAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<CredentialKind>())
        {
            foreach (var old in await store.ListAsync(kind, Account.OwnerId, cancellationToken))
            {
                if (old.RevokedAt is null && IsOfADeadRun(old.Name))
                {
                    await issuer.RevokeAsync(kind, old.Id, cancellationToken);
                }
            }
        }
    }

    // Before there were leases, the name was the prefix alone.
    private bool IsOfADeadRun(string name) => name.Split(' ') switch
    {
        [NamePrefix] => true,
        [NamePrefix, var id] => !CompanionLease.IsHeld(folder, id),
        _ => false,
    };
}
