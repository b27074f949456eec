namespace Polydev.Broker.Accounts;

/// <summary>Whose keys and tunnels belong together: a key reaches the tunnels of its own account only.</summary>
internal sealed record Account
{
    /// <summary>The id and the name of the account that a self-hosted broker makes for its owner.</summary>
    public const string OwnerId = "owner";

    public required string Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    public required AccountTier Tier { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
