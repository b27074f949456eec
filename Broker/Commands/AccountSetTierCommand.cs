using System.CommandLine;
using Polydev.Broker.Accounts;

namespace Polydev.Broker.Commands;

internal sealed class AccountSetTierCommand : StoreCommand
{
    private readonly Argument<string> _which = new("account") { Description = "Its id or name" };
    private readonly Argument<string> _tier = new("tier") { Description = "How many calls it may make" };

    public AccountSetTierCommand()
        : base("set-tier", "Change an account's tier")
    {
        _tier.AcceptOnlyFromAmong([.. AccountTierNames.All]);
        Arguments.Add(_which);
        Arguments.Add(_tier);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var found = await session.FindAccountAsync(session.Arguments.GetRequiredValue(_which), cancellationToken);
        var account = found with { Tier = AccountTierNames.Parse(session.Arguments.GetRequiredValue(_tier)) };
        await session.AccountStore.SetTierAsync(account.Id, account.Tier, cancellationToken);
        if (session.Json)
        {
            await session.WriteJsonAsync(AccountJson.From(account), CommandJson.Default.AccountJson);
            return;
        }

        await session.Output.WriteLineAsync($"Account '{account.Name}' (id {account.Id}) has tier {account.Tier.ToName()} now.");
    }
}
