using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Frame;

/// <summary>What the account's tier allows each of its keys, in calls, and all of them together; null: any number.</summary>
/// <param name="AccountMonth">As it stands; null where the account has never had a key.</param>
public sealed record Allowance(
    Account Account, int? PerHour, int? PerDay, int? PerMonth, int? AccountPerMonth, QuotaWindow? AccountMonth)
{
    /// <summary>Of a self-hosted broker: there is nobody else who sets a tier.</summary>
    public bool IsOwner => Account.Id == Account.OwnerId;

    /// <summary>As people read it: "Premium".</summary>
    public string Tier => Account.Tier.ToString();

    public int? Most(QuotaWindowKind window) => window switch
    {
        QuotaWindowKind.Hour => PerHour,
        QuotaWindowKind.Day => PerDay,
        QuotaWindowKind.Month => PerMonth,
        _ => AccountPerMonth,
    };
}

internal sealed class AllowanceReader(IAccountStore accounts, TierOptions tiers, ApiKeyDirectory keys)
{
    public async Task<Allowance> ReadAsync(string accountId, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(accountId, cancellationToken)
            ?? throw new InvalidOperationException("The account of this session has gone.");
        var tier = tiers.Of(account.Tier);
        return new Allowance(
            account,
            tier.Limit(QuotaWindowKind.Hour),
            tier.Limit(QuotaWindowKind.Day),
            tier.Limit(QuotaWindowKind.Month),
            tier.Limit(QuotaWindowKind.AccountMonth),
            await keys.ListAsync(accountId, cancellationToken) is [var any, ..] ? any.Windows.AccountMonth : null);
    }
}
