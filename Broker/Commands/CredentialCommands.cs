using System.CommandLine;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

/// <summary><c>key</c> and <c>token</c>: the same four commands over the two kinds of credential.</summary>
internal static class CredentialCommands
{
    public static Command Create(CredentialKind kind) => new(kind.Noun(), kind.Description())
    {
        new CredentialCreateCommand(kind),
        new CredentialListCommand(kind),
        new CredentialRenameCommand(kind),
        new CredentialRevokeCommand(kind),
    };

    /// <summary>A name counts among the good ones only: who replaces a key under the same name can still name the new one.</summary>
    /// <exception cref="CommandException">There is none, or there are several of that name.</exception>
    public static async Task<Credential> FindAsync(
        CommandSession session, CredentialKind kind, string idOrName, CancellationToken cancellationToken)
    {
        if (await session.CredentialStore.FindAsync(kind, idOrName, cancellationToken) is { } stored)
        {
            return stored.Credential;
        }

        var noun = kind.Noun();
        var all = await session.CredentialStore.ListAsync(kind, accountId: null, cancellationToken);
        var named = all.Where(one => one.Name == idOrName && one.RevokedAt is null).ToArray();
        return named switch
        {
            [var only] => only,
            [] => throw new CommandException(
                $"There is no {noun} with the id, and no good one with the name, '{idOrName}'. '{noun} list' shows them."),
            _ => throw new CommandException(
                $"Several {noun}s have the name '{idOrName}'. Give the id of one: {string.Join(", ", named.Select(one => one.Id))}."),
        };
    }
}

/// <summary>Prints the new secret, alone on standard output; it cannot be shown again.</summary>
internal sealed class CredentialCreateCommand : StoreCommand
{
    private readonly CredentialKind _kind;
    private readonly Option<string> _name = CommandOptions.Name();
    private readonly Option<string?> _account = CommandOptions.Account("Whose it is (default: the owner's)");
    private readonly Option<int?> _perHour = CommandOptions.Limit("--per-hour", "hour");
    private readonly Option<int?> _perDay = CommandOptions.Limit("--per-day", "day");
    private readonly Option<int?> _perMonth = CommandOptions.Limit("--per-month", "month");

    public CredentialCreateCommand(CredentialKind kind)
        : base("create", $"Make a {kind.Noun()}; it is shown this once")
    {
        _kind = kind;
        Options.Add(_name);
        Options.Add(_account);
        if (kind == CredentialKind.ApiKey)
        {
            Options.Add(_perHour);
            Options.Add(_perDay);
            Options.Add(_perMonth);
        }
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var account = await session.FindAccountAsync(session.Arguments.GetValue(_account) ?? Account.OwnerId, cancellationToken);
        var issued = await CreateAsync(session, account, session.Arguments.GetRequiredValue(_name), cancellationToken);
        if (session.Json)
        {
            await session.WriteJsonAsync(CredentialJson.From(issued), CommandJson.Default.CredentialJson);
            return;
        }

        var (noun, credential) = (_kind.Noun(), issued.Credential);
        await session.Remarks.WriteLineAsync(
            $"Made {noun} '{credential.Name}' (id {credential.Id}) for account '{account.Name}'. {_kind.Use()} It is shown only now:");
        await session.Output.WriteLineAsync(issued.Secret.Reveal());
    }

    private async Task<IssuedCredential> CreateAsync(
        CommandSession session, Account account, string name, CancellationToken cancellationToken)
    {
        if (_kind == CredentialKind.TunnelToken)
        {
            return await session.Machines.CreateAsync(account.Id, name, Actor.CommandLine(), cancellationToken);
        }

        var arguments = session.Arguments;
        var limits = new KeyLimits(arguments.GetValue(_perHour), arguments.GetValue(_perDay), arguments.GetValue(_perMonth));
        try
        {
            return (await session.ApiKeys.CreateAsync(account.Id, name, limits, Actor.CommandLine(), cancellationToken))!;
        }
        catch (RefusedChangeException e) when (e.Problems[0] is { Most: { } most, Field: var field })
        {
            var (option, wanted) = field switch
            {
                ChangeFields.PerHour => (_perHour, limits.PerHour),
                ChangeFields.PerDay => (_perDay, limits.PerDay),
                _ => (_perMonth, limits.PerMonth),
            };
            throw new CommandException(
                $"{option.Name} {wanted} is over the {most} that the {account.Tier.ToName()} tier of account '{account.Name}' allows.");
        }
    }
}

/// <summary>A table, or with <c>--json</c> one array on one line. Revoked ones are listed too.</summary>
internal sealed class CredentialListCommand : StoreCommand
{
    private readonly CredentialKind _kind;
    private readonly Option<string?> _account = CommandOptions.Account("Only those of this account (default: of all)");

    public CredentialListCommand(CredentialKind kind)
        : base("list", $"Show the {kind.Noun()}s, without their secrets")
    {
        _kind = kind;
        Options.Add(_account);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var account = session.Arguments.GetValue(_account) is { } idOrName
            ? await session.FindAccountAsync(idOrName, cancellationToken)
            : null;
        var credentials = await session.CredentialStore.ListAsync(_kind, account?.Id, cancellationToken);
        if (session.Json)
        {
            await session.WriteJsonAsync([.. credentials.Select(CredentialJson.From)], CommandJson.Default.CredentialJsonArray);
            return;
        }

        var accounts = await session.AccountStore.ListAsync(cancellationToken);
        var names = accounts.ToDictionary(one => one.Id, one => one.Name);
        string[] seen = _kind == CredentialKind.TunnelToken ? ["LAST SEEN"] : [];
        var table = new TextTable(["ID", "NAME", "ACCOUNT", "CREATED", "REVOKED", .. seen]);
        foreach (var one in credentials)
        {
            table.Add(
            [
                one.Id, one.Name, names[one.AccountId], TextTable.Time(one.CreatedAt), TextTable.Time(one.RevokedAt),
                .. seen.Select(_ => TextTable.Time(one.LastSeenAt)),
            ]);
        }

        await table.WriteAsync(session.Output);
    }
}

/// <summary>Ends a credential for ever. A broker that runs on the same folder ends its streams within two seconds.</summary>
internal sealed class CredentialRevokeCommand : StoreCommand
{
    private readonly CredentialKind _kind;
    private readonly Argument<string> _which = new("id") { Description = "Its id, or its name where only one has it" };

    public CredentialRevokeCommand(CredentialKind kind)
        : base("revoke", $"End a {kind.Noun()}, at once and for ever")
    {
        _kind = kind;
        Arguments.Add(_which);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var which = session.Arguments.GetRequiredValue(_which);
        var found = await CredentialCommands.FindAsync(session, _kind, which, cancellationToken);
        var id = found.Id;
        var now = await session.Credentials.RevokeAsync(_kind, found.AccountId, id, Actor.CommandLine(), cancellationToken);
        var credential = (await session.CredentialStore.FindAsync(_kind, id, cancellationToken))!.Credential;
        if (session.Json)
        {
            await session.WriteJsonAsync(CredentialJson.From(credential), CommandJson.Default.CredentialJson);
            return;
        }

        var what = $"{_kind.Noun()} '{credential.Name}' (id {id})";
        await session.Output.WriteLineAsync(
            now ? $"Revoked {what}." : $"The {what} was revoked at {TextTable.Time(credential.RevokedAt)} already.");
    }
}

/// <summary>Gives a credential another name; it goes on as before.</summary>
internal sealed class CredentialRenameCommand : StoreCommand
{
    private readonly CredentialKind _kind;
    private readonly Argument<string> _which = new("id") { Description = "Its id, or its name where only one has it" };
    private readonly Option<string> _name = CommandOptions.Name();

    public CredentialRenameCommand(CredentialKind kind)
        : base("rename", $"Give a {kind.Noun()} another name")
    {
        _kind = kind;
        Arguments.Add(_which);
        Options.Add(_name);
    }

    protected override async Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken)
    {
        var which = session.Arguments.GetRequiredValue(_which);
        var found = await CredentialCommands.FindAsync(session, _kind, which, cancellationToken);
        var renamed = found with { Name = session.Arguments.GetRequiredValue(_name) };
        if (!await session.Credentials.RenameAsync(
            _kind, found.AccountId, found.Id, renamed.Name, Actor.CommandLine(), cancellationToken))
        {
            throw new CommandException($"The {_kind.Noun()} '{found.Name}' (id {found.Id}) was revoked, and keeps its name.");
        }

        if (session.Json)
        {
            await session.WriteJsonAsync(CredentialJson.From(renamed), CommandJson.Default.CredentialJson);
            return;
        }

        await session.Output.WriteLineAsync($"The {_kind.Noun()} '{found.Name}' (id {found.Id}) is '{renamed.Name}' now.");
    }
}

/// <summary>How the command line speaks of keys and tokens.</summary>
internal static class CredentialKindWords
{
    /// <summary>The command's name, and the field of the secret in its JSON.</summary>
    public static string Noun(this CredentialKind kind) => kind == CredentialKind.ApiKey ? "key" : "token";

    public static string Description(this CredentialKind kind) =>
        kind == CredentialKind.ApiKey ? "API keys: who may call the models" : "Tunnel tokens: whose machine may answer";

    public static string Use(this CredentialKind kind) =>
        kind == CredentialKind.ApiKey ? "Give it to an SDK as its API key." : "Give it to polydev-mcp as POLYDEV_USER_TOKEN.";
}
