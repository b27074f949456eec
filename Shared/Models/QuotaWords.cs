using Polydev.Protos.V1;

namespace Polydev.Shared.Models;

/// <summary>
/// A CLI's login and its vendor's windows as programs read them, in <c>GET /status</c>, in the MCP tools and in their schemas: snake_case,
/// the same everywhere.
/// </summary>
public static class QuotaWords
{
    /// <summary>Null: not known.</summary>
    public static string? NameOf(LoginKind login) => login switch
    {
        LoginKind.Subscription => "subscription",
        LoginKind.ApiKey => "api_key",
        LoginKind.Cloud => "cloud",
        _ => null,
    };

    /// <summary>A state that this version does not know is one of which it can say nothing.</summary>
    public static string NameOf(OverageState state) => state switch
    {
        OverageState.Off => "off",
        OverageState.Available => "available",
        OverageState.InUse => "in_use",
        _ => "unknown",
    };

    /// <summary>Of Unix seconds on the wire, fitted by <c>CatalogBounds</c>; null for 0, which says nothing.</summary>
    public static DateTimeOffset? MomentOf(long unixSeconds) =>
        unixSeconds > 0 ? DateTimeOffset.FromUnixTimeSeconds(unixSeconds) : null;
}
