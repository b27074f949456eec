namespace Polydev.Broker.Accounts;

/// <summary>Whose keys and tunnels belong together: a key reaches the tunnels of its own account only.</summary>
public sealed record Account
{
    /// <summary>The id and the name of the account that a self-hosted broker makes for its owner.</summary>
    public const string OwnerId = "owner";

    public required string Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    public required AccountTier Tier { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>How many calls an account may make. The numbers are stored.</summary>
public enum AccountTier
{
    Free = 1,
    Premium = 2,

    /// <summary>Of a self-hosted broker's owner.</summary>
    Unlimited = 3,
}

/// <summary>The tiers as people, scripts and pages write them.</summary>
internal static class AccountTierNames
{
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<AccountTier>().Select(ToName)];

    public static string ToName(this AccountTier tier) => tier switch
    {
        AccountTier.Free => "free",
        AccountTier.Premium => "premium",
        AccountTier.Unlimited => "unlimited",
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, null),
    };

    /// <exception cref="FormatException">No tier has that name.</exception>
    public static AccountTier Parse(string name) => name switch
    {
        "free" => AccountTier.Free,
        "premium" => AccountTier.Premium,
        "unlimited" => AccountTier.Unlimited,
        _ => throw new FormatException($"'{name}' is no tier."),
    };
}
