using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Usage;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Tests.Pages;

public sealed class ChartTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 13, 38, 5, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 24);

    private static readonly Viewer Berlin = new()
    {
        Now = Now,
        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        Site = "http://127.0.0.1:5080",
    };

    [TestCase(0, 5, 5, 6)]
    [TestCase(1, 5, 1, 2)]
    [TestCase(47, 5, 50, 6)]
    [TestCase(50, 5, 50, 6)]
    [TestCase(51, 5, 60, 4)]
    [TestCase(17, 2, 20, 3)]
    [TestCase(2_500_000_000, 5, 2_500_000_000, 6)]
    public void Scale_OfABar_IsRoundAndHighEnough(long most, int steps, long top, int ticks)
    {
        var scale = ChartScale.Of(most, steps);

        Assert.That((scale.Top, scale.Ticks.Count, scale.Ticks[^1]), Is.EqualTo((top, ticks, 0L)));
    }

    [Test]
    public void Bounded_TooManySeries_KeepsTheLargestAndEveryFigure()
    {
        const int Series = 14;
        var chart = new BarChart
        {
            Sentence = "All.",
            Unit = "Day",
            Series = [.. Enumerable.Range(0, Series).Select(index => new BarSeries($"{index}", "s-n"))],
            Columns =
            [
                .. Enumerable.Range(0, 30)
                    .Select(day => new BarColumn($"{day}", "", [.. Enumerable.Range(1, Series).Select(one => (long)one)])),
            ],
            Labels = [],
        };

        var bounded = chart.Bounded(new BarSeries("others", "s-n"));

        Assert.That(
            bounded.Series.Select(series => series.Name), Is.EqualTo(new[] { "6", "7", "8", "9", "10", "11", "12", "13", "others" }));
        Assert.That(bounded.Columns.Select(column => column.Total), Is.All.EqualTo(chart.Columns[0].Total));
        Assert.That(30 * (bounded.Series.Count + 1), Is.LessThanOrEqualTo(BarChart.MostRects));
        Assert.That(bounded.Bounded(new BarSeries("none", "s-n")), Is.SameAs(bounded));
    }

    [Test]
    public void Days_FirstOfTheMonth_IsMarked()
    {
        var chart = Days();

        Assert.That(chart.Marked, Is.EqualTo(6));
        Assert.That(
            chart.Labels.Select(label => label.Text), Is.EqualTo(new[] { "26 Oct", "1 Nov", "7 Nov", "13 Nov", "19 Nov", "today" }));
        Assert.That(chart.Sentence, Is.EqualTo("Calls a day from 26 October to 24 November: none."));
    }

    [Test]
    public void Days_SentenceAndTitles_SayWhatIsDrawn()
    {
        var chart = Days(
            Day("claude-opus", "claude", Today, 40), Day("gpt-5", "codex", Today, 7), Day("gpt-5", "codex", new(2026, 11, 2), 12));

        Assert.That(chart.Sentence, Is.EqualTo(
            "Calls a day from 26 October to 24 November, stacked by model. 59 in total; the most on 24 November, 47 so far."));
        Assert.That(chart.Columns[^1].Title, Is.EqualTo("Tue 24 Nov · 47 calls so far: claude-opus 40, gpt-5 7"));
        Assert.That(chart.Columns[7].Title, Is.EqualTo("Mon 2 Nov · 12 calls: gpt-5 12"));
        Assert.That(chart.Columns[0].Title, Is.EqualTo("Mon 26 Oct · 0 calls"));
    }

    [Test]
    public void Days_ModelsPastTheThird_ShareItsTint()
    {
        var four = Days([.. Enumerable.Range(1, 4).Select(index => Day($"m{index}", "claude", Today, 10 - index))]);
        var three = Days([.. Enumerable.Range(1, 3).Select(index => Day($"m{index}", "codex", Today, 10 - index))]);

        Assert.That(four.Series, Is.EqualTo(new[]
        {
            new BarSeries("m1", "s-c1"), new BarSeries("m2", "s-c2"), new BarSeries("other models of Claude Code", "s-c3"),
        }));
        Assert.That(four.Columns[^1].Values, Is.EqualTo(new[] { 9, 8, 13 }));
        Assert.That(three.Series.Select(series => (series.Name, series.Fill)), Is.EqualTo(new[]
        {
            ("m1", "s-x1"), ("m2", "s-x2"), ("m3", "s-x3"),
        }));
    }

    /// <summary>A model that two CLIs serve, and one that none has.</summary>
    [Test]
    public void Days_OneNameOfTwoClis_IsTwo()
    {
        var chart = Days(Day("m", "codex", Today, 3), Day("m", "claude", Today, 2), Day("", "", Today, 1));

        Assert.That(
            chart.Series.Select(series => (series.Name, series.Fill)),
            Is.EqualTo(new[] { ("m", "s-c1"), ("m", "s-x1"), ("No CLI", "s-n") }));
        Assert.That(chart.Columns[^1].Values, Is.EqualTo(new[] { 2, 3, 1 }));
    }

    [Test]
    public void Hours_OfTheViewersClock_HoldEachCallOnce()
    {
        var calls = new[]
        {
            Call(Now), Call(Now.AddMinutes(-38)), Call(Now.AddMinutes(-39)), Call(Now.AddHours(-24)), Call(Now, failure: "503 No CLI"),
        };

        var chart = HourChart.Of(calls, Berlin);

        Assert.That(chart.Columns, Has.Count.EqualTo(25));
        Assert.That(chart.Columns[^1].Title, Is.EqualTo("14:00–15:00 · 3 calls, 1 failed"));
        Assert.That(chart.Columns[^2].Title, Is.EqualTo("13:00–14:00 · 1 call"));
        Assert.That(chart.Columns[0].Title, Is.EqualTo("14:00–15:00 · 1 call"));
        Assert.That(chart.Series.Select(series => series.Name), Is.EqualTo(new[] { "Claude Code", "failed" }));
        Assert.That(chart.Columns.Sum(column => column.Total), Is.EqualTo(5));
    }

    [Test]
    public void Hours_OfAZoneBetweenTheHours_BeginAtItsOwn()
    {
        var kolkata = Berlin with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata") };

        var chart = HourChart.Of([Call(Now.AddMinutes(-9))], kolkata);

        Assert.That(chart.Columns[^2].Title, Is.EqualTo("18:00–19:00 · 1 call"), "13:29 UTC is 18:59 there");
        Assert.That(chart.Columns[^1].Name, Is.EqualTo("19:00"));
    }

    [Test]
    public void FirstTokens_Few_AreAMarkEach()
    {
        var chart = new TokenChart(
            [Call(Now.AddHours(-12), 1000), Call(Now, 250), Call(Now.AddHours(-1), failure: "504 Timed out"), Call(Now.AddHours(-25), 9)],
            Berlin);

        Assert.That(chart.IsBand, Is.False);
        Assert.That(chart.Scale.Ticks, Is.EqualTo(new[] { "4 s", "2 s", "1 s", "0.5 s", "0.25 s" }));
        Assert.That(
            chart.Marks.Select(mark => (mark.Shape, mark.Left, mark.Below)),
            Is.EqualTo(new[] { ("claude", 50d, 50d), ("claude", 100d, 100d) }));
        Assert.That(chart.Failures.Single().Title, Is.EqualTo("13:38 · failed: 504 Timed out"));
        Assert.That(chart.Sentence, Is.EqualTo(
            "Each call of the last 24 hours by time and first token. Median 0.25 s, slowest 1.00 s. 1 call failed."));
        Assert.That(chart.Midnight, Is.EqualTo(39.02).Within(.01));
    }

    [Test]
    public void FirstTokens_VeryMany_AreABandWithGaps()
    {
        var night = Enumerable.Range(0, 300).Select(index => Call(Now.AddHours(-23).AddSeconds(index), 500));
        var day = Enumerable.Range(0, 300).Select(index => Call(Now.AddHours(-2).AddSeconds(index * 10), 500 + (index * 10)));

        var chart = new TokenChart([.. night, .. day], Berlin);

        Assert.That(chart.IsBand, Is.True);
        Assert.That(chart.Bands.Count(), Is.EqualTo(2), "nothing was called in between");
        Assert.That(chart.Hours.Sum(hour => hour.Calls), Is.EqualTo(600));
        Assert.That(chart.Sentence, Does.StartWith("Median and 95th percentile"));
    }

    [TestCase(30, 1, "0.03 s", "0.5 s")]
    [TestCase(200, 200_000, "0.13 s", "512 s")]
    public void FirstTokens_ScaleOfAny_HoldsThemInAFewSteps(long fastest, long slowest, string low, string high)
    {
        var scale = TokenScale.Of([fastest, slowest]);

        Assert.That(scale.Ticks.Last(), Is.EqualTo(low));
        Assert.That(scale.Ticks.First(), Is.EqualTo(high));
        Assert.That(scale.Steps, Is.InRange(4, 6));
    }

    private static BarChart Days(params UsageOfDay[] days) =>
        DayChart.Of(new UsageChoice(UsageMeasure.Calls, UsageSplit.Model), days, Today, id => id);

    private static UsageOfDay Day(string model, string provider, DateOnly day, long calls) =>
        new(day, model, new UsageTotals(calls, 0, 0, 0, 0, 0), provider);

    private static ChartedCall Call(DateTimeOffset at, long? firstToken = 800, string? failure = null) =>
        new(at, "claude", "claude-opus · ci", failure is null ? firstToken : null, failure);
}
