using Polydev.Broker.Accounts;

namespace Polydev.Broker.Commands;

/// <summary>An account as <c>--json</c> prints it.</summary>
internal sealed record AccountJson(string Id, string Name, string Tier, DateTimeOffset CreatedAt)
{
    public static AccountJson From(Account account) =>
        new(account.Id, account.Name, account.Tier.ToName(), CommandJson.WholeMilliseconds(account.CreatedAt));
}
