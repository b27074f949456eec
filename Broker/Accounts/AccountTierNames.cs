namespace Polydev.Broker.Accounts;

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
