using System.CommandLine;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

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
        var issued = await session.Credentials.IssueAsync(Request(session.Arguments, account), cancellationToken);
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

    private CredentialRequest Request(ParseResult arguments, Account account)
    {
        var request = new CredentialRequest { Kind = _kind, AccountId = account.Id, Name = arguments.GetRequiredValue(_name) };
        return _kind == CredentialKind.ApiKey
            ? request with
            {
                PerHour = arguments.GetValue(_perHour),
                PerDay = arguments.GetValue(_perDay),
                PerMonth = arguments.GetValue(_perMonth),
            }
            : request;
    }
}
