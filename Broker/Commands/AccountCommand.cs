using System.CommandLine;

namespace Polydev.Broker.Commands;

internal static class AccountCommand
{
    public static Command Create() => new("account", "Accounts: whose keys and tunnels belong together")
    {
        new AccountCreateCommand(),
        new AccountListCommand(),
        new AccountSetTierCommand(),
    };
}
