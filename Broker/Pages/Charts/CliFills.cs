using Polydev.Broker.Pages.Parts;

namespace Polydev.Broker.Pages.Charts;

/// <summary>The colours of bars: a hue is a CLI, its tints are that CLI's models. What is neither is grey.</summary>
internal static class CliFills
{
    /// <summary>Models past the third of a CLI share its last tint.</summary>
    public const int Tints = 3;

    public const string Grey = "s-n";
    public const string Failed = "s-bad";

    /// <summary>The CLIs in the order in which they are stacked.</summary>
    private static readonly string[] Known = ["claude", "codex", "gemini", "echo"];

    /// <param name="tint">From 0.</param>
    public static string Of(string provider, int tint = 0) => provider switch
    {
        "claude" => $"s-c{Math.Min(tint, Tints - 1) + 1}",
        "codex" => $"s-x{Math.Min(tint, Tints - 1) + 1}",
        "gemini" => $"s-g{Math.Min(tint, Tints - 1) + 1}",
        "echo" => "s-e1",
        _ => Grey,
    };

    /// <summary>Those that are not known last.</summary>
    public static int Order(string provider) => Array.IndexOf(Known, provider) is >= 0 and var index ? index : Known.Length;

    public static BarSeries Series(string provider) => new(
        provider.Length == 0 ? "No CLI" : CliNames.Of(provider), Of(provider), CliNames.Hue(provider));
}
