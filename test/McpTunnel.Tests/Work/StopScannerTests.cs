using System.Text;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;
using Kind = Polydev.Protos.V1.WorkEvent.KindOneofCase;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>A stop sequence that the CLI is not given ends the answer all the same.</summary>
public sealed class StopScannerTests
{
    // Stops, the deltas of the text, what is said, and the stop that ended it (empty: none).
    [TestCase("\n", "one\ntwo", "one", "\n")]
    [TestCase("\n", "one|\n|two", "one", "\n")]
    [TestCase("\n", "\none", "", "\n")]
    [TestCase("\n\n", "one\n|two\n|\n|three", "one\ntwo", "\n\n")]
    [TestCase("\n\n", "one\n|two\n", "one\ntwo\n", "")]
    [TestCase("END", "an E|N|", "an EN", "")]
    [TestCase("aab", "aa|ab", "a", "aab")]
    [TestCase("abab,ba", "aba", "a", "ba")]
    [TestCase("xabz,ab", "xa|b", "x", "ab")]
    [TestCase("b,ab", "xa|b", "x", "ab")]
    [TestCase("none", "all of it", "all of it", "")]
    public async Task Run_StopThatTheCliDoesNotTake_EndsTheTextBeforeIt(string stops, string deltas, string said, string stop)
    {
        var adapter = Adapter([.. deltas.Split('|').Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)]);

        var events = await RunAsync(adapter, stops.Split(','));

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo(said));
        Assert.That(
            events[^1].Finished,
            Is.EqualTo(stop.Length == 0
                ? WorkEvents.Finished(StopReason.EndTurn).Finished
                : WorkEvents.Finished(StopReason.StopSequence, stop).Finished));
    }

    [Test]
    public async Task Run_AnyTextInAnyPieces_IsCutAtTheSamePlace()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 2000; round++)
        {
            var text = Letters(random, 0, 24);
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Letters(random, 1, 5))];
            var (end, stop) = FirstWhole(text, stops);

            var events = await RunAsync(Adapter([.. Pieces(text, random), WorkEvents.Finished(StopReason.EndTurn)]), stops);

            Assert.That(
                (string.Concat(events.Select(next => next.Text?.Text)), events[^1].Finished.StopSequence),
                Is.EqualTo(stop is null ? (text, string.Empty) : (text[..(end - stop.Length)], stop)),
                $"Round {round}: '{text}', {string.Join('|', stops)}");
        }
    }

    [Test]
    public async Task Run_Stop_LeavesTheTurnAndSaysNothingAfterIt()
    {
        var adapter = Adapter(WorkEvents.Text("one\n"), WorkEvents.Text("two"), WorkEvents.Finished(StopReason.EndTurn));
        adapter.Takes = stop => stop != "\n";

        var events = await RunAsync(adapter, "\n", "two");

        Assert.That(events.Select(next => next.KindCase), Is.EqualTo(new[] { Kind.Text, Kind.Finished }));
        await adapter.WhenEndedAsync();
    }

    [Test]
    public async Task Run_StopThatTheCliTakes_IsLeftToIt()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("an END"), WorkEvents.Finished(StopReason.EndTurn));

        var events = await RunAsync(adapter, "END");

        Assert.That((events[0].Text.Text, events[^1].Finished.StopReason), Is.EqualTo(("an END", StopReason.EndTurn)));
    }

    [Test]
    public async Task Run_EventsBetweenTexts_KeepTheirPlaceAndPartAStop()
    {
        var usage = new WorkEvent { Usage = new Usage { InputTokens = 3 } };
        var adapter = Adapter(
            WorkEvents.Text("a\n"), usage, WorkEvents.Text("b\n"), WorkEvents.Thinking("hm"), WorkEvents.Text("\nc\n"),
            WorkEvents.ToolCallStarted("1", "t"), WorkEvents.ToolCallFinished("1"), WorkEvents.Text("\n"),
            WorkEvents.Finished(StopReason.ToolUse));

        var events = await RunAsync(adapter, "\n\n");

        var seen = new StringBuilder();
        foreach (var next in events)
        {
            seen.Append(next.KindCase == Kind.Text ? next.Text.Text : $"[{next.KindCase}]");
        }

        Assert.That(
            seen.ToString(),
            Is.EqualTo("a[Usage]\nb\n[Thinking]\nc\n[ToolCallStarted][ToolCallFinished]\n[Finished]"));
        Assert.That(events[^1].Finished.StopReason, Is.EqualTo(StopReason.ToolUse));
    }

    private static FakeAdapter Adapter(params WorkEvent[] events)
    {
        var adapter = FakeAdapter.Of(events);
        adapter.Takes = _ => false;
        return adapter;
    }

    private static async Task<List<WorkEvent>> RunAsync(FakeAdapter adapter, params string[] stops)
    {
        var item = new WorkItem { WorkId = "w", Provider = "fake", Model = "m", Sampling = new Sampling { StopSequences = { stops } } };
        var events = new List<WorkEvent>();
        await foreach (var next in StopScanner.Run(adapter, item, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }

    private static string Letters(Random random, int least, int below) =>
        new([.. Enumerable.Range(0, random.Next(least, below)).Select(_ => "abc"[random.Next(3)])]);

    private static IEnumerable<WorkEvent> Pieces(string text, Random random)
    {
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = Math.Min(random.Next(1, 6), text.Length - start);
            yield return WorkEvents.Text(text.Substring(start, length));
        }
    }

    // The stop that is whole first; of several the longest. Plainly, as the reference.
    private static (int End, string? Stop) FirstWhole(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var stop = stops.Where(stop => text.AsSpan(0, end).EndsWith(stop)).MaxBy(stop => stop.Length);
            if (stop is not null)
            {
                return (end, stop);
            }
        }

        return (0, null);
    }
}
