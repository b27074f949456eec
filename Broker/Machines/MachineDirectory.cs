using Polydev.Broker.Keys;
using Polydev.Broker.Presence;

namespace Polydev.Broker.Machines;

/// <summary>An account's machines as they are now. What is done with them: <see cref="MachineTokens"/>.</summary>
internal sealed class MachineDirectory(
    ICredentialStore tokens, IConnectionStore connections, IMachineRuleStore rules, ITunnelDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>Revoked ones too, oldest first.</summary>
    public async Task<IReadOnlyList<Machine>> ListAsync(string accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var all = await tokens.ListAsync(CredentialKind.TunnelToken, accountId, cancellationToken);
        var lived = (await connections.ListAsync(accountId, now - Day, cancellationToken)).Select(one => one.At(now))
            .ToLookup(one => one.TokenId);
        var set = await rules.ListAsync(accountId, cancellationToken);
        var tunnels = await directory.FindAsync(accountId, cancellationToken);
        var online = tunnels.Online.ToLookup(tunnel => tunnel.TokenId);
        var left = tunnels.Left.ToLookup(tunnel => tunnel.TokenId);
        return [.. all.Select(token => new Machine
        {
            Token = token,
            Online = [.. online[token.Id]],
            LastDay = [.. lived[token.Id].Where(one => !(one.EndedAt < now - Day))],
            LastEnded = lived[token.Id].Where(one => one.EndedAt is not null).MaxBy(one => one.EndedAt),
            Rules = MachineRule.Whole(set[token.Id]),
            LastKnown = online.Contains(token.Id) ? null : left[token.Id].LastOrDefault(),
        })];
    }

    /// <summary>Null where the account has no such machine.</summary>
    public async Task<Machine?> FindAsync(string accountId, string id, CancellationToken cancellationToken) =>
        (await ListAsync(accountId, cancellationToken)).FirstOrDefault(machine => machine.Id == id);
}
