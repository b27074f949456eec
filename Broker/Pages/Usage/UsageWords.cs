using System.Globalization;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Usage;

/// <summary>What an account's windows come to: the page's first sentence, and what stands below it.</summary>
/// <param name="windows">The account's row, and one for each key that works.</param>
internal sealed class UsageWords(Viewer viewer, WindowRow account, IReadOnlyList<WindowRow> windows, MonthPace monthPace)
{
    // Of the account's month: from here on it is worth a sentence.
    private const double WorthTelling = .6;
    private const double Near = .8;
    private const int MostNamed = 3;

    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public string Verdict
    {
        get
        {
            var month = account.Month;
            if (month.Remaining == 0)
            {
                return $"The account’s month is used up until {Day(month.ResetsAt)}.";
            }

            if (IsFrom(month, WorthTelling))
            {
                return $"{Wording.Number(month.Remaining!.Value)} of the account’s {Wording.Number(month.Limit!.Value)} messages are left "
                    + $"until {Day(month.ResetsAt)}.";
            }

            return Told(window => window.Remaining == 0, "used up")
                ?? Told(window => IsFrom(window, Near), "nearly used up")
                ?? (HasLimits ? "No limit is near." : $"{Wording.Plural(account.Day.Used, "call")} today. This account has no limits.");
        }
    }

    /// <summary>How long the account's month lasts, and what a verdict on it leaves out.</summary>
    public string? Lede
    {
        get
        {
            if (!IsFrom(account.Month, WorthTelling))
            {
                return null;
            }

            var sentences = string.Join(' ', new[] { Pace, Told(window => window.Remaining == 0, "used up") }.OfType<string>());
            return sentences.Length > 0 ? sentences : null;
        }
    }

    private bool HasLimits => account.Month.Limit is not null || Windows.Any(one => one.Window.Limit is not null);

    private IEnumerable<(string Name, QuotaWindow Window)> Windows => windows.SelectMany(row => new[]
    {
        (row.Name, row.Hour), (row.Name, row.Day), (row.Name, row.Month),
    });

    private string? Pace
    {
        get
        {
            if (monthPace.EndOf(account.Month, viewer.Now) is not { } until)
            {
                return null;
            }

            var pace = $"At this week’s pace of {Wording.Number((long)Math.Round(monthPace.ADay))} a day they last";
            return until < account.Month.ResetsAt
                ? $"{pace} until about {viewer.Local(until).ToString("dddd d MMMM", English)}."
                : $"{pace} beyond that.";
        }
    }

    private static bool IsFrom(QuotaWindow window, double share) => window.Limit is { } limit && window.Used >= share * limit;

    private static string This(QuotaWindowKind window) => window switch
    {
        QuotaWindowKind.Hour => "this hour",
        QuotaWindowKind.Day => "today",
        _ => "this month",
    };

    private string? Told(Func<QuotaWindow, bool> isSo, string what)
    {
        var those = Windows.Where(one => isSo(one.Window)).Select(one => $"{one.Name}, {This(one.Window.Kind)}").ToArray();
        var more = those.Length > MostNamed ? $"; and {Wording.Number(those.Length - MostNamed)} more" : null;
        return those.Length == 0
            ? null
            : $"{Wording.Count(those.Length, "window is", "windows are")} {what}: {string.Join("; ", those.Take(MostNamed))}{more}.";
    }

    private string Day(DateTimeOffset time) => viewer.Local(time).ToString("d MMMM", English);
}
