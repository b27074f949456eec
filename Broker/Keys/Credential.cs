using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>A key or a token as it is stored: never the secret, only its hash.</summary>
internal sealed record Credential
{
    /// <summary>The public part, which also stands inside the secret itself.</summary>
    public required string Id { get; init; }

    public required CredentialKind Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null while it is good.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>From when on it is good no longer, unless it is extended; null: it is good until it is revoked.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The key's own limits, in calls; null: its tier's.</summary>
    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    /// <summary>Of a tunnel token: when its machine first connected; null: never.</summary>
    public DateTimeOffset? FirstSeenAt { get; init; }

    /// <summary>When its machine last connected, or its connection ended, whichever was later.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    public bool IsGoodAt(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}

/// <summary>The two secrets that a broker gives out.</summary>
internal enum CredentialKind
{
    /// <summary><c>pk-…</c>: a caller of the API.</summary>
    ApiKey = 1,

    /// <summary><c>pd_…</c>: a tunnel.</summary>
    TunnelToken = 2,
}

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
