namespace Polydev.Broker.Pages.Charts;

/// <summary>Figures over time, stacked: each column has one value of each series.</summary>
public sealed record BarChart
{
    /// <summary>Bars, and what a pointer meets above them: more would weigh too much for one page.</summary>
    public const int MostRects = 300;

    /// <summary>What it shows, for who does not see it.</summary>
    public required string Sentence { get; init; }

    /// <summary>What a column is, at the head of its table: "Day".</summary>
    public required string Unit { get; init; }

    /// <summary>From the axis upwards.</summary>
    public required IReadOnlyList<BarSeries> Series { get; init; }

    /// <summary>From left to right.</summary>
    public required IReadOnlyList<BarColumn> Columns { get; init; }

    public required IReadOnlyList<AxisLabel> Labels { get; init; }

    /// <summary>A dotted line stands before this column; null: none does.</summary>
    public int? Marked { get; init; }

    /// <summary>Those that a chart of so many columns can draw, with the rest of them as one.</summary>
    public static int MostSeries(int columns) => (MostRects / columns) - 1;

    /// <summary>
    /// As it can be drawn: where it has too many series, the smallest are one, the last.
    /// </summary>
    public BarChart Bounded(BarSeries others)
    {
        var most = MostSeries(Columns.Count);
        if (Series.Count <= most)
        {
            return this;
        }

        var kept = Enumerable.Range(0, Series.Count)
            .OrderByDescending(index => Columns.Sum(column => column.Values[index]))
            .Take(most - 1)
            .Order()
            .ToArray();
        return this with
        {
            Series = [.. kept.Select(index => Series[index]), others],
            Columns =
            [
                .. Columns.Select(column => column with
                {
                    Values = [.. kept.Select(index => column.Values[index]), column.Total - kept.Sum(index => column.Values[index])],
                }),
            ],
        };
    }
}

/// <param name="Fill">The class of the style sheet that colours it.</param>
/// <param name="Provider">The CLI whose shape stands for it in the legend; null: a square of its colour does.</param>
public sealed record BarSeries(string Name, string Fill, string? Provider = null);

/// <param name="Name">In the table.</param>
/// <param name="Title">For who points at it: all its figures.</param>
/// <param name="Values">One for each series.</param>
public sealed record BarColumn(string Name, string Title, IReadOnlyList<long> Values)
{
    public long Total => Values.Sum();
}

/// <summary>Below the axis; labels stand at equal distances.</summary>
/// <param name="IsMinor">A narrow screen has no room for it.</param>
public sealed record AxisLabel(string Text, bool IsMinor = false);
