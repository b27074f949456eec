using System.Text.Json.Serialization;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

/// <summary>What <c>--json</c> prints, always one line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CredentialJson))]
[JsonSerializable(typeof(CredentialJson[]))]
[JsonSerializable(typeof(AccountJson))]
[JsonSerializable(typeof(AccountJson[]))]
[JsonSerializable(typeof(LinkJson))]
internal sealed partial class CommandJson : JsonSerializerContext
{
    /// <summary>As precise as it is stored, so that a new one and a listed one have the same time.</summary>
    public static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        System.DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}

/// <summary>A key or a token as <c>--json</c> prints it; what it does not have is left out. Times are RFC 3339.</summary>
internal sealed record CredentialJson
{
    public required string Id { get; init; }

    /// <summary>The secret of a new key.</summary>
    public string? Key { get; init; }

    /// <summary>The secret of a new token.</summary>
    public string? Token { get; init; }

    public required string Name { get; init; }

    /// <summary>The account's id.</summary>
    public required string Account { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Of the key and the token of a broker that runs <c>--with-tunnel</c>.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    /// <summary>Of a token: when its machine first connected; and, below, when it was last here.</summary>
    public DateTimeOffset? FirstSeenAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    public static CredentialJson From(IssuedCredential issued)
    {
        var json = From(issued.Credential);
        return issued.Credential.Kind == CredentialKind.ApiKey
            ? json with { Key = issued.Secret.Reveal() }
            : json with { Token = issued.Secret.Reveal() };
    }

    public static CredentialJson From(Credential credential) => new()
    {
        Id = credential.Id,
        Name = credential.Name,
        Account = credential.AccountId,
        CreatedAt = CommandJson.WholeMilliseconds(credential.CreatedAt),
        RevokedAt = WholeMilliseconds(credential.RevokedAt),
        ExpiresAt = WholeMilliseconds(credential.ExpiresAt),
        FirstSeenAt = WholeMilliseconds(credential.FirstSeenAt),
        LastSeenAt = WholeMilliseconds(credential.LastSeenAt),
        PerHour = credential.PerHour,
        PerDay = credential.PerDay,
        PerMonth = credential.PerMonth,
    };

    private static DateTimeOffset? WholeMilliseconds(DateTimeOffset? time) =>
        time is { } at ? CommandJson.WholeMilliseconds(at) : null;
}

/// <summary>An account as <c>--json</c> prints it.</summary>
internal sealed record AccountJson(string Id, string Name, string Tier, DateTimeOffset CreatedAt)
{
    public static AccountJson From(Account account) =>
        new(account.Id, account.Name, account.Tier.ToName(), CommandJson.WholeMilliseconds(account.CreatedAt));
}

/// <summary>A sign-in link as <c>--json</c> prints it.</summary>
internal sealed record LinkJson(string Url, DateTimeOffset ExpiresAt);
