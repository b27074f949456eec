using System.CommandLine;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

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
        var table = new TextTable("ID", "NAME", "ACCOUNT", "CREATED", "REVOKED");
        foreach (var one in credentials)
        {
            table.Add(one.Id, one.Name, names[one.AccountId], TextTable.Time(one.CreatedAt), TextTable.Time(one.RevokedAt));
        }

        await table.WriteAsync(session.Output);
    }
}
