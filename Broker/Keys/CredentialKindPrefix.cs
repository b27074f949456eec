using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

internal static class CredentialKindPrefix
{
    /// <summary>What the secrets of this kind begin with.</summary>
    public static string Prefix(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => TokenPrefixes.ApiKey,
        CredentialKind.TunnelToken => TokenPrefixes.Tunnel,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
