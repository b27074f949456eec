using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Machines;

/// <summary>
/// What callers may use of the CLIs on an account's machines: set by its people, and told to whoever carries a machine's tunnel. Another
/// account's id is none: false, and nothing changes. What is changed stands in the audit trail.
/// </summary>
internal sealed class MachineRules(IMachineRuleStore store, ICredentialStore tokens, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _telling = new(1, 1);

    /// <summary>Raised after a change here, of one after the other. Handlers must be quick and must not throw.</summary>
    public event Action<ChangedRules>? Changed;

    /// <summary>Of a machine of the account: one for each CLI.</summary>
    public async Task<IReadOnlyList<MachineRule>> ListAsync(string accountId, string machineId, CancellationToken cancellationToken) =>
        MachineRule.Whole(await store.ListAsync(accountId, machineId, cancellationToken));

    /// <summary>False where the account has no such machine that is not revoked. CLIs that are not named stay as they are.</summary>
    /// <exception cref="RefusedChangeException">One of them cannot be so; nothing has been changed.</exception>
    public async Task<bool> SetAsync(
        string accountId, string machineId, IReadOnlyList<MachineRule> rules, Actor actor, CancellationToken cancellationToken)
    {
        foreach (var rule in rules)
        {
            rule.ThrowIfUnfit();
        }

        var found = await tokens.FindAsync(CredentialKind.TunnelToken, machineId, cancellationToken);
        if (found?.Credential is not { RevokedAt: null } machine || machine.AccountId != accountId)
        {
            return false;
        }

        var changed = rules.Except(await ListAsync(accountId, machineId, cancellationToken)).ToList();
        var entry = AuditEntry.Of(accountId, AuditActions.MachineRulesChanged, actor, time.GetUtcNow()) with
        {
            SubjectId = machineId,
            SubjectName = machine.Name,
            Detail = string.Join("; ", changed.Select(Words)),
        };
        if (changed.Count > 0 && !await store.SetAsync(accountId, machineId, changed, entry, cancellationToken))
        {
            return false;
        }

        // Also where nothing has changed: who saves again what did not come through is heard.
        await TellAsync(accountId, machineId);
        return true;
    }

    public void Dispose() => _telling.Dispose();

    private static string Words(MachineRule rule) =>
        $"{rule.Provider} paid overage {(rule.AllowsOverage ? "allowed" : "not allowed")}, {rule.ReservePercent} % kept back";

    // Of two who have changed something, the one who tells later has read later, and so tells both changes.
    private async Task TellAsync(string accountId, string machineId)
    {
        await _telling.WaitAsync(CancellationToken.None);
        try
        {
            Changed?.Invoke(new ChangedRules(accountId, machineId, await ListAsync(accountId, machineId, CancellationToken.None)));
        }
        finally
        {
            _telling.Release();
        }
    }
}

/// <param name="Rules">All of the machine's, one for each CLI.</param>
internal sealed record ChangedRules(string AccountId, string MachineId, IReadOnlyList<MachineRule> Rules);
