using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Machines;

/// <summary>
/// What callers may use of one CLI's subscription on a machine, as its owner has set it. The machine's own environment may say something
/// else: its tunnel goes by that.
/// </summary>
public sealed record MachineRule
{
    public const string ReserveProblem = "A whole number from 0 to 100.";

    /// <summary>One of <see cref="Providers.OfVendors"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>Calls go on while the vendor counts them as paid.</summary>
    public bool AllowsOverage { get; init; }

    /// <summary>0 to 100: so much of every window is left to the owner. 0: nothing.</summary>
    public int ReservePercent { get; init; }

    public static bool IsReserve(int percent) => percent is >= 0 and <= UsageRuleBounds.MaxPercent;

    /// <summary>One for each CLI, also for those of which nothing was set.</summary>
    public static IReadOnlyList<MachineRule> Whole(IEnumerable<MachineRule> set)
    {
        var known = set.ToDictionary(rule => rule.Provider, StringComparer.Ordinal);
        return [.. Providers.OfVendors.Select(provider => known.GetValueOrDefault(provider) ?? new MachineRule { Provider = provider })];
    }

    /// <exception cref="RefusedChangeException">It cannot be so.</exception>
    internal void ThrowIfUnfit()
    {
        if (!Providers.OfVendors.Contains(Provider))
        {
            throw new RefusedChangeException(
                new FieldProblem(ChangeFields.Provider, $"One of: {string.Join(", ", Providers.OfVendors)}."));
        }

        if (!IsReserve(ReservePercent))
        {
            throw new RefusedChangeException(
                new FieldProblem(ChangeFields.ReservePercent, ReserveProblem) { Most = UsageRuleBounds.MaxPercent });
        }
    }
}

/// <summary>Keeps the rules of machines. Another account's machine is none.</summary>
internal interface IMachineRuleStore
{
    /// <summary>Those that were set, of all the account's machines, by their ids.</summary>
    Task<ILookup<string, MachineRule>> ListAsync(string accountId, CancellationToken cancellationToken);

    /// <summary>Those that were set, of one machine.</summary>
    Task<IReadOnlyList<MachineRule>> ListAsync(string accountId, string machineId, CancellationToken cancellationToken);

    /// <summary>
    /// Sets these in the place of what their CLIs had; others stay. The entry is written with them, or neither is. False where the account
    /// has no such machine that is not revoked.
    /// </summary>
    Task<bool> SetAsync(
        string accountId, string machineId, IReadOnlyList<MachineRule> rules, AuditEntry entry, CancellationToken cancellationToken);
}
