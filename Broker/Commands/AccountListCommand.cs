using Polydev.Broker.Accounts;

namespace Polydev.Broker.Commands;

/// <summary>A table, or with <c>--json</c> one array on one line.</summary>
internal sealed class AccountListCommand() : StoreCommand("list", "Show the accounts")
{
    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        await session.Accounts.EnsureOwnerAsync(cancellationToken);
        var accounts = await session.AccountStore.ListAsync(cancellationToken);
        if (session.Json)
        {
            await session.WriteJsonAsync([.. accounts.Select(AccountJson.From)], CommandJson.Default.AccountJsonArray);
            return;
        }

        var table = new TextTable("ID", "NAME", "TIER", "CREATED");
        foreach (var one in accounts)
        {
            table.Add(one.Id, one.Name, one.Tier.ToName(), TextTable.Time(one.CreatedAt));
        }

        await table.WriteAsync(session.Output);
    }
}
