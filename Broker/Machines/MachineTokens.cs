using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Machines;

/// <summary>
/// What an account's people do with their machines. Another account's id is none: false, and nothing changes. What is changed stands in the
/// audit trail.
/// </summary>
internal sealed class MachineTokens(ICredentialStore tokens, CredentialIssuer issuer, MachineOptions options, TimeProvider time)
{
    /// <summary>A token for a machine; it is shown this once.</summary>
    /// <exception cref="RefusedChangeException">The name is none, or the account has as many machines as it may.</exception>
    public async Task<IssuedCredential> CreateAsync(string accountId, string? name, Actor actor, CancellationToken cancellationToken)
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.TunnelToken,
            AccountId = accountId,
            Name = CredentialName.Read(name),
        };
        return await issuer.IssueAsync(request, options.PerAccount, actor, cancellationToken) ?? throw Full();
    }

    /// <summary>Before somebody approves a machine: what would be refused later is told now.</summary>
    /// <exception cref="RefusedChangeException">The account has as many machines as it may.</exception>
    public async Task ExpectRoomAsync(string accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var all = await tokens.ListAsync(CredentialKind.TunnelToken, accountId, cancellationToken);
        if (all.Count(token => token.IsGoodAt(now)) >= options.PerAccount)
        {
            throw Full();
        }
    }

    /// <summary>False where the account has no such machine that is not revoked.</summary>
    /// <exception cref="RefusedChangeException">The name cannot be so.</exception>
    public Task<bool> RenameAsync(string accountId, string id, string? name, Actor actor, CancellationToken cancellationToken) =>
        issuer.RenameAsync(CredentialKind.TunnelToken, accountId, id, CredentialName.Read(name), actor, cancellationToken);

    /// <summary>Its tunnel ends, with what it carries. False where the account has no such machine that is not revoked.</summary>
    public Task<bool> RevokeAsync(string accountId, string id, Actor actor, CancellationToken cancellationToken) =>
        issuer.RevokeAsync(CredentialKind.TunnelToken, accountId, id, actor, cancellationToken);

    private RefusedChangeException Full() => new($"The account has its {options.PerAccount} machines. Revoke one first.");
}
