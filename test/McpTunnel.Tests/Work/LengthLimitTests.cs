using System.Text;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Kind = Polydev.Protos.V1.WorkEvent.KindOneofCase;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>A limit of output tokens that the CLI is not given ends the answer all the same: at four bytes of text for a token.</summary>
public sealed class LengthLimitTests
{
    [TestCase(2u, "12345678", "12345678", false)]
    [TestCase(2u, "1234|5678", "12345678", false)]
    [TestCase(2u, "1234|56789", "12345678", true)]
    [TestCase(2u, "12345678|9", "12345678", true)]
    [TestCase(2u, "123456789", "12345678", true)]
    [TestCase(1u, "äöü", "äö", true)]
    [TestCase(1u, "x€€", "x€", true)]
    [TestCase(1u, "x😀", "x", true)]
    [TestCase(1u, "😀|x", "😀", true)]
    [TestCase(uint.MaxValue, "all of it", "all of it", false)]
    public async Task Run_TextOverTheLimit_IsCutThere(uint limit, string deltas, string said, bool isCut)
    {
        var adapter = FakeAdapter.Of([.. deltas.Split('|').Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)]);

        var events = await RunAsync(adapter, limit);

        Assert.That(string.Concat(events.Select(next => next.Text?.Text)), Is.EqualTo(said));
        Assert.That(events.Where(next => next.Text is { Text: "" }), Is.Empty);
        Assert.That(events[^1].Finished, Is.EqualTo(WorkEvents.Finished(isCut ? StopReason.MaxTokens : StopReason.EndTurn).Finished));
    }

    [Test]
    public async Task Run_AnyTextInAnyPieces_IsItsLongestBeginningThatHasRoom()
    {
        var random = new Random(20261129);
        string[] letters = ["a", "é", "€", "😀"];
        for (var round = 0; round < 1000; round++)
        {
            string[] text = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => letters[random.Next(letters.Length)])];
            var limit = (uint)random.Next(1, 20);
            var pieces = text.Select(WorkEvents.Text).ToArray();
            var whole = random.Next(2) == 0 ? [WorkEvents.Text(string.Concat(text))] : pieces;

            var events = await RunAsync(FakeAdapter.Of([.. whole, WorkEvents.Finished(StopReason.EndTurn)]), limit);

            var (room, fitting) = (4 * limit, 0);
            while (fitting < text.Length && Encoding.UTF8.GetByteCount(string.Concat(text[..(fitting + 1)])) <= room)
            {
                fitting++;
            }

            var said = string.Concat(events.Select(next => next.Text?.Text));
            Assert.That(said, Is.EqualTo(string.Concat(text[..fitting])), $"Round {round}");
        }
    }

    [Test]
    public async Task Run_Cut_LeavesTheTurnAndEstimatesItsFigures()
    {
        var adapter = FakeAdapter.Of(
            WorkEvents.Thinking("a thought of more than a token"), WorkEvents.Text("one two"), WorkEvents.Text(" three"),
            WorkEvents.Text(" four"), WorkEvents.Finished(StopReason.EndTurn));

        var events = await RunAsync(adapter, 2);

        Assert.That(
            events.Select(next => next.KindCase),
            Is.EqualTo(new[] { Kind.Thinking, Kind.Text, Kind.Text, Kind.Usage, Kind.Finished }));
        Assert.That(events[^2].Usage, Is.EqualTo(new Usage { InputTokens = 5, OutputTokens = 2 }), "17 bytes are asked, 2 tokens allowed.");
        await adapter.WhenEndedAsync();
    }

    [Test]
    public async Task Run_CallOfATool_IsNeverCut()
    {
        var adapter = FakeAdapter.Of(
            WorkEvents.ToolCallStarted("1", "get_weather"), WorkEvents.ToolCallArguments("1", "{\"city\":\"Rome\"}"),
            WorkEvents.ToolCallFinished("1"), WorkEvents.Finished(StopReason.ToolUse));

        var events = await RunAsync(adapter, 1);

        Assert.That(events[^1].Finished.StopReason, Is.EqualTo(StopReason.ToolUse));
        Assert.That(events, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task Run_LimitThatTheCliTakes_IsLeftToIt()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("more than a token"), WorkEvents.Finished(StopReason.EndTurn));
        adapter.TakesMaxOutputTokens = true;

        var events = await RunAsync(adapter, 1);

        Assert.That((events[0].Text.Text, events[^1].Finished.StopReason), Is.EqualTo(("more than a token", StopReason.EndTurn)));
    }

    private static async Task<List<WorkEvent>> RunAsync(FakeAdapter adapter, uint limit)
    {
        var item = new WorkItem
        {
            WorkId = "w",
            Provider = "fake",
            Model = "m",
            Instructions = "Be brief.",
            Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = "Count up" } } } } },
            Sampling = new Sampling { MaxOutputTokens = limit },
        };
        return await LengthLimit.Run(adapter, item, CancellationToken.None).ToListAsync();
    }
}
