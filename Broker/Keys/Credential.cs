using Polydev.Broker.Audit;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>A key or a token as it is stored: never the secret, only its hash.</summary>
public sealed record Credential
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

    /// <summary>
    /// Which of its secrets this is: 0, and one more by each rotation. Of who was authenticated, the one that he has; else the newest.
    /// </summary>
    public int SecretNumber { get; init; }

    /// <summary>Of a tunnel token: when its machine first connected; of an account token: when it was first used; null: never.</summary>
    public DateTimeOffset? FirstSeenAt { get; init; }

    /// <summary>When its machine last connected, or its connection ended, the later of both; of an account token to five minutes.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    public bool IsGoodAt(DateTimeOffset now) => RevokedAt is null && !(ExpiresAt <= now);
}

/// <summary>The secrets that a broker gives out. The numbers are stored.</summary>
public enum CredentialKind
{
    /// <summary><c>pk-…</c>: a caller of the API.</summary>
    ApiKey = 1,

    /// <summary><c>pd_…</c>: a tunnel.</summary>
    TunnelToken = 2,

    /// <summary><c>pa_…</c>: a program of the account's owner, at the management API.</summary>
    AccountToken = 3,
}

/// <summary>The limits of an API key, in calls; null: its tier's.</summary>
public readonly record struct KeyLimits(int? PerHour, int? PerDay, int? PerMonth);

/// <summary>How each kind is told from the others, in its secrets and in the audit trail.</summary>
internal static class CredentialKinds
{
    /// <summary>What the secrets of this kind begin with.</summary>
    public static string Prefix(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => TokenPrefixes.ApiKey,
        CredentialKind.TunnelToken => TokenPrefixes.Tunnel,
        CredentialKind.AccountToken => TokenPrefixes.Account,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static string Created(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => AuditActions.KeyCreated,
        CredentialKind.TunnelToken => AuditActions.MachineCreated,
        _ => AuditActions.TokenCreated,
    };

    public static string Renamed(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => AuditActions.KeyRenamed,
        CredentialKind.TunnelToken => AuditActions.MachineRenamed,
        _ => AuditActions.TokenRenamed,
    };

    public static string Revoked(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => AuditActions.KeyRevoked,
        CredentialKind.TunnelToken => AuditActions.MachineRevoked,
        _ => AuditActions.TokenRevoked,
    };
}
