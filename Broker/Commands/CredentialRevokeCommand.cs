using System.CommandLine;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

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
        var id = await FindIdAsync(session, session.Arguments.GetRequiredValue(_which), cancellationToken);
        var now = await session.Credentials.RevokeAsync(_kind, id, cancellationToken);
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

    /// <summary>A name counts among the good ones only: who replaces a key under the same name can still name the new one.</summary>
    private async Task<string> FindIdAsync(CommandSession session, string idOrName, CancellationToken cancellationToken)
    {
        if (await session.CredentialStore.FindAsync(_kind, idOrName, cancellationToken) is { } stored)
        {
            return stored.Credential.Id;
        }

        var noun = _kind.Noun();
        var all = await session.CredentialStore.ListAsync(_kind, accountId: null, cancellationToken);
        var named = all.Where(one => one.Name == idOrName && one.RevokedAt is null).Select(one => one.Id).ToArray();
        return named switch
        {
            [var only] => only,
            [] => throw new CommandException(
                $"There is no {noun} with the id, and no good one with the name, '{idOrName}'. '{noun} list' shows them."),
            _ => throw new CommandException(
                $"Several {noun}s have the name '{idOrName}'. Give the id of one: {string.Join(", ", named)}."),
        };
    }
}
