using Polydev.Broker.Keys;

namespace Polydev.Broker.Commands;

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

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

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
        RevokedAt = credential.RevokedAt is { } at ? CommandJson.WholeMilliseconds(at) : null,
        PerHour = credential.PerHour,
        PerDay = credential.PerDay,
        PerMonth = credential.PerMonth,
    };
}
