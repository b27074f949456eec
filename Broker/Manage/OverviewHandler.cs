using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Manage;

/// <summary>Whether calls of the caller's account work now, and if not, why.</summary>
internal sealed class OverviewHandler(
    AccountBodyReader reader, IAccountStore accounts, ApiKeyDirectory keys, MachineDirectory machines, TimeProvider time)
{
    public async Task GetAsync(HttpContext context)
    {
        var (accountId, now) = (ManageCaller.Of(context).AccountId, time.GetUtcNow());
        var account = await accounts.FindAsync(accountId, context.RequestAborted)
            ?? throw new ManageException(ManageError.NotFound);
        var all = await keys.ListAsync(accountId, context.RequestAborted);
        var good = all.Where(key => key.IsGoodAt(now)).ToList();
        var online = (await machines.ListAsync(accountId, context.RequestAborted)).Where(machine => machine.IsOnline).ToList();
        var body = new OverviewBody(
            online.Count > 0,
            reader.Of(account, all),
            good.Count,
            [.. good.SelectMany(UsedUp)],
            online.Sum(machine => machine.Online.Sum(tunnel => tunnel.InFlight)),
            [.. online.Select(MachineBody.Of)]);
        await ManageJson.WriteAsync(context, body, ManageJson.Default.OverviewBody);
    }

    private static IEnumerable<UsedUpBody> UsedUp(ApiKey key) => key.Windows.All
        .Where(window => window.Kind != QuotaWindowKind.AccountMonth && window.IsExhausted)
        .Select(window => new UsedUpBody(key.Id, WindowBody.Of(window)));
}

/// <param name="Online">A machine is connected.</param>
/// <param name="Keys">Those that are good.</param>
/// <param name="UsedUp">Windows of keys in which no call is left; the account's month stands with the account.</param>
/// <param name="InFlight">Calls that run.</param>
/// <param name="Machines">Those that are connected.</param>
internal sealed record OverviewBody(
    bool Online, AccountBody Account, int Keys, IReadOnlyList<UsedUpBody> UsedUp, int InFlight, IReadOnlyList<MachineBody> Machines);

internal sealed record UsedUpBody(string KeyId, WindowBody Window);
