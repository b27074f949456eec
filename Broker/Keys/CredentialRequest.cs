namespace Polydev.Broker.Keys;

/// <summary>What somebody asks for who wants a key or a token.</summary>
internal sealed record CredentialRequest
{
    public required CredentialKind Kind { get; init; }

    public required string AccountId { get; init; }

    public required string Name { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }
}
