using Polydev.Broker.Keys;

namespace Polydev.Broker.Storage;

/// <summary>A row of <c>credentials</c>, in the types that both databases have.</summary>
internal sealed record CredentialRow
{
    public required string Id { get; init; }

    public required int Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    public required string SecretHash { get; init; }

    public required long CreatedAt { get; init; }

    public long? RevokedAt { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    public static CredentialRow From(StoredCredential stored) => new()
    {
        Id = stored.Credential.Id,
        Kind = (int)stored.Credential.Kind,
        AccountId = stored.Credential.AccountId,
        Name = stored.Credential.Name,
        SecretHash = Convert.ToHexStringLower(stored.SecretHash),
        CreatedAt = stored.Credential.CreatedAt.ToUnixTimeMilliseconds(),
        RevokedAt = stored.Credential.RevokedAt?.ToUnixTimeMilliseconds(),
        PerHour = stored.Credential.PerHour,
        PerDay = stored.Credential.PerDay,
        PerMonth = stored.Credential.PerMonth,
    };

    public StoredCredential ToStored() => new(ToCredential(), Convert.FromHexString(SecretHash));

    public Credential ToCredential() => new()
    {
        Id = Id,
        Kind = (CredentialKind)Kind,
        AccountId = AccountId,
        Name = Name,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        RevokedAt = RevokedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        PerHour = PerHour,
        PerDay = PerDay,
        PerMonth = PerMonth,
    };
}
