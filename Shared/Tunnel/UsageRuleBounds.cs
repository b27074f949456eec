using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>What a broker may say of a machine's rules: the tunnel makes it so, whatever it was sent.</summary>
public static class UsageRuleBounds
{
    /// <summary>Of one machine: one for each CLI.</summary>
    public const int MaxRules = CatalogBounds.MaxClis;

    public const int MaxPercent = 100;

    /// <summary>
    /// The rules that can be kept to, of each CLI the last one that was told. An id that is none, or too long, names no CLI; a reserve
    /// beyond a whole window is a whole one.
    /// </summary>
    public static IReadOnlyDictionary<string, UsageRule> Fit(UsageRules told)
    {
        var rules = new Dictionary<string, UsageRule>(StringComparer.Ordinal);
        foreach (var rule in told.Rules.Take(MaxRules).Where(rule => rule.Provider.Length is > 0 and <= CatalogBounds.MaxNameChars))
        {
            rules[rule.Provider] = new UsageRule
            {
                Provider = rule.Provider,
                AllowOverage = rule.AllowOverage,
                ReservePercent = Math.Min(rule.ReservePercent, MaxPercent),
            };
        }

        return rules;
    }
}
