using System.CommandLine;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

/// <summary>The commands that stand beside <c>serve</c>. They work whether or not a broker runs on the same folder.</summary>
internal static class BrokerCommands
{
    public static void AddTo(RootCommand root)
    {
        foreach (var command in All())
        {
            root.Subcommands.Add(command);
        }
    }

    public static IEnumerable<Command> All() =>
    [
        CredentialCommands.Create(CredentialKind.ApiKey),
        CredentialCommands.Create(CredentialKind.TunnelToken),
        AccountCommands.Create(),
    ];
}
