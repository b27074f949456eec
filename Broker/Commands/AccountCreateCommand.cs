using System.CommandLine;
using Polydev.Broker.Accounts;

namespace Polydev.Broker.Commands;

internal sealed class AccountCreateCommand : StoreCommand
{
    private readonly Option<string> _name = CommandOptions.Name();
    private readonly Option<string> _tier = new("--tier")
    {
        Description = "How many calls it may make",
        DefaultValueFactory = _ => AccountTier.Free.ToName(),
    };

    public AccountCreateCommand()
        : base("create", "Open an account")
    {
        _tier.AcceptOnlyFromAmong([.. AccountTierNames.All]);
        Options.Add(_name);
        Options.Add(_tier);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var name = session.Arguments.GetRequiredValue(_name);
        var tier = AccountTierNames.Parse(session.Arguments.GetRequiredValue(_tier));
        var account = await session.Accounts.OpenAsync(name, tier, cancellationToken)
            ?? throw new CommandException($"There is an account '{name}' already.");
        if (session.Json)
        {
            await session.WriteJsonAsync(AccountJson.From(account), CommandJson.Default.AccountJson);
            return;
        }

        await session.Output.WriteLineAsync($"Opened account '{account.Name}' (id {account.Id}), tier {account.Tier.ToName()}.");
    }
}
