using System.Collections.Frozen;
using System.Globalization;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Quotas;

/// <summary>What this process's environment says of all CLIs. Where it says nothing, the dashboard's rules hold.</summary>
internal sealed record QuotaSettings
{
    /// <summary>
    /// The CLIs that may run into paid overage: <c>claude,codex</c>; or <c>none</c>. Once it is set it decides for every CLI: one that it
    /// does not name may not, whatever the dashboard says.
    /// </summary>
    public const string OverageVariable = "POLYDEV_ALLOW_OVERAGE";

    /// <summary>In percent: <c>15</c> for every CLI, or <c>claude=15,codex=10</c>, which says nothing of the others.</summary>
    public const string ReserveVariable = "POLYDEV_RESERVE";

    private const string None = "none";

    private static readonly IReadOnlyList<string> Clis = Providers.OfVendors;

    private FrozenDictionary<string, QuotaSetting> Settings { get; init; } = FrozenDictionary<string, QuotaSetting>.Empty;

    /// <param name="errors">Is told what makes no sense, and the fix.</param>
    public static QuotaSettings Read(IReadOnlyDictionary<string, string> variables, List<string> errors)
    {
        var allowed = Allowed(Parts(variables, OverageVariable), errors);
        var reserves = Reserves(Parts(variables, ReserveVariable), errors);
        return new QuotaSettings
        {
            Settings = Clis.ToFrozenDictionary(cli => cli, cli => new QuotaSetting
            {
                AllowsOverage = allowed.Count > 0 ? allowed.Contains(cli) : null,
                ReservePercent = reserves.TryGetValue(cli, out var kept) ? kept : null,
            }),
        };
    }

    public QuotaSetting Of(string provider) => Settings.GetValueOrDefault(provider) ?? new QuotaSetting();

    private static List<string> Allowed(string[] parts, List<string> errors)
    {
        if (parts is not [None] && parts.Any(part => !Clis.Contains(part)))
        {
            errors.Add(
                $"{OverageVariable} is to name CLIs that may run into paid overage, with commas: {string.Join(',', Clis)}; "
                + $"or to be {None}.");
        }

        return [.. parts];
    }

    private static Dictionary<string, int> Reserves(string[] parts, List<string> errors)
    {
        var reserves = new Dictionary<string, int>();
        foreach (var part in parts)
        {
            var (names, number) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var cli, var text] ? ([cli], text) : (Clis, part);
            var isPercent = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100;
            if (!isPercent || names.Any(name => !Clis.Contains(name)) || names.Any(name => !reserves.TryAdd(name, percent)))
            {
                errors.Add($"{ReserveVariable} is to be a whole percentage from 0 to 100, or one for each CLI once: claude=15,codex=10.");
                break;
            }
        }

        return reserves;
    }

    private static string[] Parts(IReadOnlyDictionary<string, string> variables, string name) =>
        variables.TryGetValue(name, out var text)
            ? text.ToLowerInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [];
}

/// <summary>What the environment says of one CLI; null: nothing.</summary>
internal sealed record QuotaSetting
{
    public bool? AllowsOverage { get; init; }

    public int? ReservePercent { get; init; }

    /// <summary>What holds, each part of it by itself: the environment's word, else the dashboard's.</summary>
    public QuotaPolicy Over(QuotaPolicy told) => new()
    {
        AllowsOverage = AllowsOverage ?? told.AllowsOverage,
        ReservePercent = ReservePercent ?? told.ReservePercent,
    };
}

/// <summary>What the person allows callers to use of one CLI's subscription.</summary>
internal sealed record QuotaPolicy
{
    /// <summary>No overage, no reserve: what holds where nobody has said anything.</summary>
    public static QuotaPolicy Default { get; } = new();

    /// <summary>Calls go on while the vendor counts them as paid.</summary>
    public bool AllowsOverage { get; init; }

    /// <summary>0 to 100: so much of every window is left to the person. 0: nothing.</summary>
    public int ReservePercent { get; init; }
}
