using System.Globalization;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Charts;

/// <summary>The first tokens of the last 24 hours, as they are drawn: every call, or, of very many, the middle and the slowest.</summary>
internal sealed class TokenChart
{
    /// <summary>Above it no mark could be told from its neighbours.</summary>
    public const int MostMarks = 400;

    private const int Slots = 48;
    private const double Slow = .95;

    private readonly Viewer _viewer;
    private readonly DateTimeOffset _from;
    private readonly IReadOnlyList<ChartedCall> _calls;
    private readonly long[] _sorted;

    public TokenChart(IReadOnlyList<ChartedCall> calls, Viewer viewer)
    {
        _viewer = viewer;
        _from = viewer.Now.AddHours(-24);
        _calls = [.. calls.Where(call => call.At >= _from && call.At <= viewer.Now)];
        _sorted = SortedOf(_calls);
        Scale = TokenScale.Of(_sorted);
    }

    public TokenScale Scale { get; }

    public bool IsBand => _calls.Count > MostMarks;

    /// <summary>Where the viewer's day begins, in percent of the width.</summary>
    public double? Midnight
    {
        get
        {
            var local = _viewer.Local(_viewer.Now);
            var at = (_viewer.Now - local.TimeOfDay - _from).TotalHours / 24 * 100;
            return at is > 0 and < 100 ? at : null;
        }
    }

    public IReadOnlyList<AxisLabel> Labels =>
    [
        .. Enumerable.Range(0, 6).Select(index => new AxisLabel(Time(_from.AddHours(index * 4)), IsMinor: index % 3 == 1)),
        new AxisLabel("now"),
    ];

    public IEnumerable<TokenMark> Marks => _calls.Where(call => call.Failure is null && call.FirstTokenMilliseconds is not null)
        .Select(call => new TokenMark(
            CliName(call.Provider),
            Left(call.At),
            Scale.Below(call.FirstTokenMilliseconds!.Value),
            $"{Time(call.At)} · {call.Title} · first token {Wording.Seconds(call.FirstTokenMilliseconds.Value)}"));

    /// <summary>The last of them, where they are very many.</summary>
    public IEnumerable<TokenMark> Failures => _calls.Where(call => call.Failure is not null)
        .OrderByDescending(call => call.At)
        .Take(MostMarks)
        .Select(call => new TokenMark("x", Left(call.At), 0, $"{Time(call.At)} · failed: {call.Failure}"));

    /// <summary>The half hours that had text, those that follow each other together.</summary>
    public IEnumerable<TokenBand> Bands
    {
        get
        {
            var slots = _calls.Where(call => call is { Failure: null, FirstTokenMilliseconds: not null })
                .GroupBy(call => Math.Min(Slots - 1, (int)((call.At - _from).TotalHours * Slots / 24)))
                .OrderBy(slot => slot.Key)
                .Select(slot => (slot.Key, Sorted: SortedOf(slot)))
                .ToArray();

            // What follows each other has the same distance to its place in the row.
            return slots.Select((slot, index) => (slot, Run: slot.Key - index)).GroupBy(one => one.Run, one => one.slot)
                .Select(run => BandOf([.. run]));
        }
    }

    public string Sentence
    {
        get
        {
            var what = IsBand
                ? "Median and 95th percentile of the first token over 24 hours. "
                : "Each call of the last 24 hours by time and first token. ";
            var failed = _calls.Count(call => call.Failure is not null);
            return _calls.Count == 0 ? "Calls of the last 24 hours by time and first token. There were none."
                : what
                    + (_sorted.Length > 0 ? $"Median {Wording.Seconds(Middle(_sorted))}, slowest {Wording.Seconds(_sorted[^1])}. " : null)
                    + (failed > 0 ? $"{Wording.Plural(failed, "call")} failed." : "None failed.");
        }
    }

    /// <summary>By the hour, the earliest first: those that had text.</summary>
    public IEnumerable<TokenHour> Hours => _calls.Where(call => call is { Failure: null, FirstTokenMilliseconds: not null })
        .GroupBy(call => _viewer.Local(call.At).ToString("yyyy-MM-dd HH':00'", CultureInfo.InvariantCulture))
        .OrderBy(hour => hour.Key, StringComparer.Ordinal)
        .Select(hour => (hour, Sorted: SortedOf(hour)))
        .Select(one => new TokenHour(one.hour.Key[^5..], one.Sorted.Length, Middle(one.Sorted), one.Sorted[^1]));

    private static long[] SortedOf(IEnumerable<ChartedCall> calls) =>
        [.. calls.Where(call => call.Failure is null).Select(call => call.FirstTokenMilliseconds).OfType<long>().Order()];

    // Of an even number the lower of the two in the middle, as the store has it.
    private static long Middle(long[] sorted) => sorted[(sorted.Length - 1) / 2];

    private static string CliName(string provider) => CliFills.Order(provider) < CliFills.Order(string.Empty) ? provider : "none";

    private TokenBand BandOf((int Slot, long[] Sorted)[] run)
    {
        var points = run.Select(one => (
            X: (one.Slot + .5) * 100 / Slots,
            Middle: Scale.Below(Middle(one.Sorted)),
            Slow: Scale.Below(one.Sorted[(int)((one.Sorted.Length - 1) * Slow)]))).ToList();

        // Out to the edges, so that a half hour alone is seen too.
        points.Insert(0, points[0] with { X = run[0].Slot * 100.0 / Slots });
        points.Add(points[^1] with { X = (run[^1].Slot + 1) * 100.0 / Slots });
        var line = points.Select(point => Point(point.X, point.Middle)).ToArray();
        var slow = points.Select(point => Point(point.X, point.Slow));
        return new TokenBand(string.Join(' ', line), string.Join(' ', slow.Concat(line.Reverse())));
    }

    private static string Point(double x, double y) => $"{SvgNumber.Text(x)},{SvgNumber.Text(y)}";

    private double Left(DateTimeOffset at) => (at - _from).TotalHours / 24 * 100;

    private string Time(DateTimeOffset at) => _viewer.Local(at).ToString("HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>One call in the drawing.</summary>
/// <param name="Shape">A CLI's name, <c>none</c>, or <c>x</c> of a failure.</param>
/// <param name="Left">In percent.</param>
/// <param name="Below">In percent, from the upper edge.</param>
internal sealed record TokenMark(string Shape, double Left, double Below, string Title);

/// <summary>Half hours without a gap, as points of a square of 100.</summary>
/// <param name="Line">The median.</param>
/// <param name="Area">From the median to the 95th percentile.</param>
internal sealed record TokenBand(string Line, string Area);

/// <param name="Median">In milliseconds, as <paramref name="Slowest"/>.</param>
internal sealed record TokenHour(string Name, int Calls, long Median, long Slowest);
