using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Machines;

/// <summary>When a machine was up in the last 24 hours: spans that do not touch, the earliest first.</summary>
internal sealed record UpTimes(IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Spans, DateTimeOffset Now)
{
    private const int MostTold = 3;

    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    // What is shorter is no width of the strip, and no word of the sentence.
    private static readonly TimeSpan Blink = TimeSpan.FromMinutes(1);

    public DateTimeOffset From => Now - Day;

    public static UpTimes Of(Machine machine, DateTimeOffset now)
    {
        var spans = new List<(DateTimeOffset From, DateTimeOffset To)>();
        foreach (var one in machine.LastDay.OrderBy(one => one.BeganAt))
        {
            var (from, to) = (Later(one.BeganAt, now - Day), one.EndedAt ?? now);
            if (spans.Count > 0 && from <= spans[^1].To + Blink)
            {
                spans[^1] = (spans[^1].From, Later(spans[^1].To, to));
            }
            else if (to > from)
            {
                spans.Add((from, to));
            }
        }

        return new UpTimes(spans, now);
    }

    /// <summary>Of the strip's width.</summary>
    public double Percent(DateTimeOffset time) => Math.Clamp(100 * ((time - From) / Day), 0, 100);

    /// <summary>For who does not see the strip: "Up from 14:38 to yesterday, 18:40, down since".</summary>
    public string Sentence(Viewer viewer)
    {
        if (Spans.Count == 0)
        {
            return "Down all 24 hours";
        }

        var isUp = Spans[^1].To >= Now - Blink;
        if (isUp && Spans.Count == 1 && Spans[0].From <= From + Blink)
        {
            return "Up all 24 hours";
        }

        if (Spans.Count > MostTold)
        {
            var whole = TimeSpan.FromTicks(Spans.Sum(span => (span.To - span.From).Ticks));
            return $"Up {Wording.Span(whole)} of 24 hours, in {Spans.Count} stretches; {(isUp ? "up" : "down")} now";
        }

        var told = Spans.Select((span, place) => isUp && place == Spans.Count - 1
            ? $"since {Wording.Since(viewer, span.From)}"
            : $"from {Wording.Since(viewer, span.From)} to {Wording.Since(viewer, span.To)}");
        return $"Up {Wording.List([.. told])}{(isUp ? null : ", down since")}";
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
