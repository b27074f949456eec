using CsCheck;
using Polydev.Broker.Exchange;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Exchange;

/// <summary>What an answer repeats of the text that it goes on from is left out, in whatever pieces it comes; nothing else is.</summary>
public sealed class ContinuedWorkTests
{
    [TestCase("Once upon", " a time", " a time")]
    [TestCase("Once upon", "Once upon a time", " a time")]
    [TestCase("Once upon", "\n Once upon a time", " a time")]
    [TestCase("Once upon", "Once up there", "Once up there")]
    [TestCase("Once upon", "Once", "Once")]
    [TestCase("Once upon", " \nOn", " \nOn")]
    [TestCase("Once upon", "Once upon", "")]
    [TestCase("Once upon", "", "")]
    [TestCase("Once upon", " \n", " \n")]
    [TestCase("{", "{\"a\":{}}", "\"a\":{}}")]
    [TestCase("1. one\n2. ", "1. one\n2. two", "two")]
    public async Task Text_ThatRepeats_IsWithoutWhatItRepeats(string begun, string answer, string expected)
    {
        Assert.That(await TextAsync(begun, answer), Is.EqualTo(expected), "Whole.");
        Assert.That(await TextAsync(begun, [.. answer.Select(letter => letter.ToString())]), Is.EqualTo(expected), "Letter by letter.");
    }

    // Of few letters, so that much is alike.
    [Test]
    public void Text_InAnyPieces_IsTheSame() =>
        Gen.Select(Gen.String[Gen.Char["ab "], 1, 6], Gen.String[Gen.Char["ab "], 0, 12], Gen.Int[1, 4]).Sample(
            (begun, answer, length) =>
            {
                var pieces = answer.Chunk(length).Select(piece => new string(piece)).ToArray();
                var text = TextAsync(begun.TrimStart() is { Length: > 0 } word ? word : "a", pieces).GetAwaiter().GetResult();
                var whole = TextAsync(begun.TrimStart() is { Length: > 0 } same ? same : "a", answer).GetAwaiter().GetResult();
                return text == whole;
            });

    [Test]
    public async Task Text_ThatDiffers_ComesAtOnce()
    {
        var work = new ScriptedWork(new WorkItem());
        await using var continued = new ContinuedWork(work, "Once upon");

        work.Send(WorkEvents.Started(), WorkEvents.Text("On"), WorkEvents.Text("e more"));

        Assert.That(Read(continued), Is.EqualTo(new[] { "Started", "One more" }));
    }

    [Test]
    public async Task Text_ThatIsHeldBack_ComesBeforeWhatFollows()
    {
        var work = new ScriptedWork(new WorkItem());
        await using var continued = new ContinuedWork(work, "Once upon");
        work.Send(WorkEvents.Thinking("hm"), WorkEvents.Text("Once"));
        var first = Read(continued);
        Assert.That(continued.TryRead(out _), Is.False, "It may still be repeated.");

        work.Send(WorkEvents.ToolCallStarted("1", "f"), WorkEvents.Text("Once upon"), WorkEvents.Finished(StopReason.EndTurn));

        var rest = new List<string>();
        while (await continued.WaitToReadAsync(CancellationToken.None).AsTask().DefaultTimeout())
        {
            rest.AddRange(Read(continued));
        }

        Assert.That(first, Is.EqualTo(new[] { "Thinking" }));
        Assert.That(rest, Is.EqualTo(new[] { "Once", "ToolCallStarted", "Once upon", "Finished" }), "The beginning is over.");
    }

    [Test]
    public async Task Disposal_LeavesTheWork()
    {
        var work = new ScriptedWork(new WorkItem());

        await new ContinuedWork(work, "a").DisposeAsync();

        Assert.That(work.IsLeft, Is.True);
    }

    private static async Task<string> TextAsync(string begun, params string[] pieces)
    {
        var work = new ScriptedWork(new WorkItem());
        await using var continued = new ContinuedWork(work, begun);
        work.Send([.. pieces.Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)]);
        var seen = new List<string>();
        while (await continued.WaitToReadAsync(CancellationToken.None).AsTask().DefaultTimeout())
        {
            seen.AddRange(Read(continued));
        }

        Assert.That(seen[^1], Is.EqualTo("Finished"));
        return string.Concat(seen.SkipLast(1));
    }

    // Texts as they are, other events by their kind.
    private static List<string> Read(ContinuedWork work)
    {
        var seen = new List<string>();
        while (work.TryRead(out var next))
        {
            seen.Add(next.KindCase == WorkEvent.KindOneofCase.Text ? next.Text.Text : next.KindCase.ToString());
        }

        return seen;
    }
}
