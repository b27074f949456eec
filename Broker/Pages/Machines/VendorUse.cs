using System.Globalization;
using System.Text.RegularExpressions;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Text;

namespace Polydev.Broker.Pages.Machines;

/// <summary>One of a vendor's windows as it is shown: named by its length, for vendors regroup them.</summary>
/// <param name="Name">In a narrow place: "5 h", "Week".</param>
/// <param name="LongName">As it is read out: "5 hour window", "weekly window".</param>
/// <param name="Percent">As the vendor told it; may be over 100.</param>
/// <param name="ResetsAt">Null: not told, or reset since.</param>
/// <param name="IsDue">The reset has passed without a report: the figure is the old one.</param>
/// <param name="Pace">How much of its time has passed, in whole percent; null where that is not known.</param>
internal sealed partial record VendorUse(
    string Name, string LongName, double Percent, DateTimeOffset? ResetsAt, bool IsDue, double? Pace)
{
    private const double WarnFrom = 80;

    /// <summary>Of the row: used up, nearly so, or nothing to say.</summary>
    public string? Class => Percent >= 100 ? "is-out" : Percent >= WarnFrom ? "is-warn" : null;

    public static VendorUse Of(VendorWindow window, DateTimeOffset now)
    {
        var (name, longName, length) = NameOf(PlainText.Line(window.Label));
        var resets = QuotaWords.MomentOf(window.ResetsAt);
        var isDue = resets <= now;
        return new VendorUse(name, longName, Math.Max(0, window.UsedPercent), resets, isDue, isDue ? null : Passed(resets, length, now));
    }

    private static double? Passed(DateTimeOffset? resets, TimeSpan? length, DateTimeOffset now) =>
        resets is { } end && length is { } whole ? Math.Round(Math.Clamp(100 * (1 - ((end - now) / whole)), 0, 100)) : null;

    // "5 h", "7 d", "7 d opus": a number, a unit, and what the window is for.
    private static (string Name, string LongName, TimeSpan? Length) NameOf(string label)
    {
        if (!Lengths().Match(label).Groups.TryGetValue("unit", out var unit) || !unit.Success)
        {
            return (label, $"{label} window", null);
        }

        var match = Lengths().Match(label);
        var number = int.Parse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var hours = unit.Value == "d" ? 24 * number : number;
        var of = match.Groups["of"].Value;
        var (name, longName) = hours switch
        {
            24 => ("Day", "daily window"),
            24 * 7 => ("Week", "weekly window"),
            < 72 => ($"{hours} h", $"{hours} hour window"),
            _ => ($"{hours / 24} d", $"{hours / 24} day window"),
        };
        return ($"{name}{of}", $"{longName}{(of.Length > 0 ? $" for{of}" : null)}", TimeSpan.FromHours(hours));
    }

    [GeneratedRegex("^(?<number>[1-9][0-9]{0,3}) (?<unit>[hd])(?<of> .+)?$")]
    private static partial Regex Lengths();
}
