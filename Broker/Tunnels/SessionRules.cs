using Polydev.Broker.Machines;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tunnels;

/// <summary>What tunnels are told of their machines' rules: with the welcome, and when they are changed.</summary>
internal sealed class SessionRules
{
    private readonly MachineRules _rules;
    private readonly TunnelRegistry _registry;

    public SessionRules(MachineRules rules, TunnelRegistry registry)
    {
        (_rules, _registry) = (rules, registry);
        rules.Changed += Tell;
    }

    /// <summary>
    /// For the welcome of a session that is in the registry: what is changed after this was read comes to it by itself. Null: its tunnel
    /// knows no rules.
    /// </summary>
    public async Task<UsageRules?> ReadAsync(TunnelSession session, CancellationToken cancellationToken) =>
        session.TakesRules ? ToWire(await _rules.ListAsync(session.Account.Id, session.TokenId, cancellationToken)) : null;

    // One that drains has a successor, which is told them by its welcome.
    private void Tell(ChangedRules changed)
    {
        foreach (var session in _registry.Account(changed.AccountId).Sessions)
        {
            if (session is { TakesRules: true, IsDraining: false } && session.TokenId == changed.MachineId)
            {
                session.Tell(ToWire(changed.Rules));
            }
        }
    }

    private static UsageRules ToWire(IEnumerable<MachineRule> rules) => new()
    {
        Rules =
        {
            rules.Select(rule => new UsageRule
            {
                Provider = rule.Provider,
                AllowOverage = rule.AllowsOverage,
                ReservePercent = (uint)rule.ReservePercent,
            }),
        },
    };
}
