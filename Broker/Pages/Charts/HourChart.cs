using System.Globalization;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Charts;

/// <summary>Calls in each hour of the last 24, and the one that runs: by CLI, with what failed on top.</summary>
internal static class HourChart
{
    private const int Hours = 24;
    private const int HoursALabel = 4;

    public static BarChart Of(IReadOnlyList<ChartedCall> calls, Viewer viewer)
    {
        var starts = StartsOf(viewer);
        var providers = calls.Where(call => call.Failure is null).Select(call => call.Provider).Distinct()
            .OrderBy(CliFills.Order).ThenBy(provider => provider, StringComparer.Ordinal).ToArray();
        var hours = calls.Where(call => call.At >= starts[0] && call.At < starts[^1].AddHours(1))
            .ToLookup(call => (int)(call.At - starts[0]).TotalHours);
        var columns = starts.Select((start, index) => ColumnOf(viewer, start, [.. hours[index]], providers)).ToArray();
        return new BarChart
        {
            Sentence = SentenceOf(columns),
            Unit = "Hour",
            Series = [.. providers.Select(CliFills.Series), new BarSeries("failed", CliFills.Failed)],
            Columns = columns,
            Labels =
            [
                .. Enumerable.Range(0, Hours / HoursALabel)
                    .Select(index => new AxisLabel(HourOf(viewer, starts[index * HoursALabel]), IsMinor: index % 3 == 1)),
                new AxisLabel("now"),
            ],
        }.Bounded(new BarSeries("others", CliFills.Grey));
    }

    // The full hours of the viewer's clock, which may stand between those of UTC.
    private static DateTimeOffset[] StartsOf(Viewer viewer)
    {
        var local = viewer.Local(viewer.Now.AddHours(-Hours));
        var first = new DateTimeOffset(local.Year, local.Month, local.Day, local.Hour, 0, 0, local.Offset);
        return [.. Enumerable.Range(0, Hours + 1).Select(hour => first.AddHours(hour))];
    }

    private static BarColumn ColumnOf(Viewer viewer, DateTimeOffset start, ChartedCall[] calls, string[] providers)
    {
        var failed = calls.Count(call => call.Failure is not null);
        var from = HourOf(viewer, start);
        var title = $"{from}–{HourOf(viewer, start.AddHours(1))} · {Wording.Plural(calls.Length, "call")}";
        return new BarColumn(from, failed > 0 ? $"{title}, {Wording.Number(failed)} failed" : title,
        [
            .. providers.Select(provider => (long)calls.Count(call => call.Failure is null && call.Provider == provider)), failed,
        ]);
    }

    private static string SentenceOf(BarColumn[] columns)
    {
        var busiest = columns.MaxBy(column => column.Total)!;
        return busiest.Total == 0
            ? "Calls in each hour of the last 24. There were none."
            : $"Calls in each hour of the last 24: {Wording.Number(columns.Sum(column => column.Total))} in all. "
                + $"Busiest: {busiest.Name} with {Wording.Number(busiest.Total)}. None in {columns.Count(column => column.Total == 0)} of "
                + $"{columns.Length} hours.";
    }

    private static string HourOf(Viewer viewer, DateTimeOffset time) => viewer.Local(time).ToString("HH:mm", CultureInfo.InvariantCulture);
}
