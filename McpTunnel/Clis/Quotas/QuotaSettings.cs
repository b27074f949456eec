using System.Collections.Frozen;
using System.Globalization;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Quotas;

/// <summary>The policies of all CLIs, as this process's environment gives them.</summary>
internal sealed record QuotaSettings
{
    /// <summary>The CLIs that may run into paid overage: <c>claude,codex</c>.</summary>
    public const string OverageVariable = "POLYDEV_ALLOW_OVERAGE";

    /// <summary>In percent: <c>15</c> for every CLI, or <c>claude=15,codex=10</c>.</summary>
    public const string ReserveVariable = "POLYDEV_RESERVE";

    private static readonly string[] Clis = [Providers.Claude, Providers.Codex, Providers.Gemini];

    private FrozenDictionary<string, QuotaPolicy> Policies { get; init; } = FrozenDictionary<string, QuotaPolicy>.Empty;

    /// <param name="errors">Is told what makes no sense, and the fix.</param>
    public static QuotaSettings Read(IReadOnlyDictionary<string, string> variables, List<string> errors)
    {
        var allowed = Allowed(Parts(variables, OverageVariable), errors);
        var reserves = Reserves(Parts(variables, ReserveVariable), errors);
        return new QuotaSettings
        {
            Policies = Clis.ToFrozenDictionary(cli => cli, cli => new QuotaPolicy
            {
                AllowsOverage = allowed.Contains(cli),
                ReservePercent = reserves.GetValueOrDefault(cli),
            }),
        };
    }

    public QuotaPolicy Of(string provider) => Policies.GetValueOrDefault(provider) ?? new QuotaPolicy();

    private static List<string> Allowed(string[] parts, List<string> errors)
    {
        if (parts.Any(part => !Clis.Contains(part)))
        {
            errors.Add($"{OverageVariable} is to name CLIs that may run into paid overage, with commas: {string.Join(',', Clis)}.");
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

/// <summary>What the person allows callers to use of one CLI's subscription.</summary>
internal sealed record QuotaPolicy
{
    /// <summary>Calls go on while the vendor counts them as paid.</summary>
    public bool AllowsOverage { get; init; }

    /// <summary>0 to 100: so much of every window is left to the person. 0: nothing.</summary>
    public int ReservePercent { get; init; }
}
