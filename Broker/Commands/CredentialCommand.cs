using System.CommandLine;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

/// <summary><c>key</c> and <c>token</c>: the same three commands over the two kinds of credential.</summary>
internal static class CredentialCommand
{
    public static Command Create(CredentialKind kind) => new(kind.Noun(), kind.Description())
    {
        new CredentialCreateCommand(kind),
        new CredentialListCommand(kind),
        new CredentialRevokeCommand(kind),
    };
}
