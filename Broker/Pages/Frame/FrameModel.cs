using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Frame;

/// <summary>What the side bar tells beside its places.</summary>
/// <param name="Keys">Those that work.</param>
/// <param name="UsedUp">Windows without a call left, the account's month counted once.</param>
/// <param name="Foot">Below the account's name: its tier, or that it is this computer's owner.</param>
public sealed record FrameModel(int Keys, int Machines, int MachinesOnline, int UsedUp, string Foot)
{
    /// <summary>From what a page has read anyway.</summary>
    public static FrameModel Of(Account account, IReadOnlyList<ApiKey> keys, IReadOnlyList<Machine> machines, DateTimeOffset now)
    {
        var good = keys.Where(key => key.IsGoodAt(now)).ToList();
        var known = machines.Where(machine => machine.Token.IsGoodAt(now)).ToList();
        var ofKeys = good.SelectMany(key => key.Windows.All).Where(window => window.Kind != QuotaWindowKind.AccountMonth);
        var ofAccount = good.Select(key => key.Windows.AccountMonth).Take(1);
        return new FrameModel(
            good.Count,
            known.Count,
            known.Count(machine => machine.IsOnline),
            ofKeys.Concat(ofAccount).Count(window => window.Remaining == 0),
            account.Id == Account.OwnerId ? "This computer" : account.Tier.ToString());
    }
}

/// <summary>Reads the side bar of a page that has read nothing of it.</summary>
internal sealed class FrameReader(IAccountStore accounts, ApiKeyDirectory keys, MachineDirectory machines, TimeProvider time)
{
    public async Task<FrameModel> ReadAsync(string accountId, CancellationToken cancellationToken) =>
        await ReadAsync(accountId, await machines.ListAsync(accountId, cancellationToken), cancellationToken);

    /// <param name="known">The account's machines, where the page has read them.</param>
    public async Task<FrameModel> ReadAsync(string accountId, IReadOnlyList<Machine> known, CancellationToken cancellationToken) =>
        await ReadAsync(accountId, await keys.ListAsync(accountId, cancellationToken), known, cancellationToken);

    /// <param name="read">The account's keys, where the page has read them too.</param>
    public async Task<FrameModel> ReadAsync(
        string accountId, IReadOnlyList<ApiKey> read, IReadOnlyList<Machine> known, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(accountId, cancellationToken)
            ?? throw new InvalidOperationException("The account of this session has gone.");
        return FrameModel.Of(account, read, known, time.GetUtcNow());
    }
}
