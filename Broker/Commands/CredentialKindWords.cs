using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

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
