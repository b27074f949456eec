using System.CommandLine;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;

namespace Polydev.Broker.Commands;

internal static class AccountCommands
{
    public static Command Create() => new("account", "Accounts: whose keys and tunnels belong together")
    {
        new AccountCreateCommand(),
        new AccountListCommand(),
        new AccountSetTierCommand(),
        new AccountLinkCommand(),
    };
}

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
        await session.Accounts.SetTierAsync(account.Id, account.Tier, Actor.CommandLine(), cancellationToken);
        if (session.Json)
        {
            await session.WriteJsonAsync(AccountJson.From(account), CommandJson.Default.AccountJson);
            return;
        }

        await session.Output.WriteLineAsync($"Account '{account.Name}' (id {account.Id}) has tier {account.Tier.ToName()} now.");
    }
}

/// <summary>Prints a one-time sign-in link, alone on standard output. A broker that runs on the same database takes it.</summary>
internal sealed class AccountLinkCommand : StoreCommand
{
    private static readonly Uri DefaultSite = new("http://127.0.0.1:5080");

    private readonly Option<string?> _account = CommandOptions.Account("Whom it signs in (default: the owner)");

    public AccountLinkCommand()
        : base("link", "Make a link that signs one browser in, once")
    {
        Options.Add(_account);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var account = await session.FindAccountAsync(session.Arguments.GetValue(_account) ?? Account.OwnerId, cancellationToken);
        var site = await session.SignInLinkStore.FindSiteAsync(cancellationToken) ?? DefaultSite;
        var link = await session.SignInLinks.CreateAsync(account.Id, site, cancellationToken);
        if (session.Json)
        {
            var json = new LinkJson(link.Url.AbsoluteUri, CommandJson.WholeMilliseconds(link.ExpiresAt));
            await session.WriteJsonAsync(json, CommandJson.Default.LinkJson);
            return;
        }

        await session.Remarks.WriteLineAsync(
            $"Signs in one browser as '{account.Name}', once, until {TextTable.Time(link.ExpiresAt)}, while the broker runs:");
        await session.Output.WriteLineAsync(link.Url.AbsoluteUri);
    }
}
