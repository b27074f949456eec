using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>What no CLI should say, and one day does: it costs the item at most, and never reaches the stream that all items share.</summary>
public sealed class HostileEventsTests
{
    private const string Half = "half \ud83d of a pair";
    private const string Mended = "half \ufffd of a pair";

    private static readonly string Huge = new('x', 5_000_000);

    [Test]
    public async Task HalfOfASurrogatePair_Anywhere_IsReplaced()
    {
        var events = await RunAsync(
            WorkEvents.Text(Half),
            new WorkEvent { Thinking = new ThinkingDelta { Text = Half, Signature = Half } },
            WorkEvents.ToolCallStarted(Half, Half),
            WorkEvents.ToolCallArguments(Half, $$"""{"a":"{{Half}}"}"""),
            WorkEvents.ToolCallFinished(Half),
            WorkEvents.Finished(StopReason.StopSequence, Half));

        Assert.That(events.Select(next => next.KindCase).Last(), Is.EqualTo(WorkEvent.KindOneofCase.Finished));
        Assert.That((events[1].Text.Text, events[2].Thinking.Text, events[2].Thinking.Signature), Is.EqualTo((Mended, Mended, Mended)));
        Assert.That((events[3].ToolCallStarted.Id, events[3].ToolCallStarted.Name), Is.EqualTo((Mended, Mended)));
        Assert.That((events[4].ToolCallArguments.Id, events[5].ToolCallFinished.Id), Is.EqualTo((Mended, Mended)));
        Assert.That(events[4].ToolCallArguments.Json, Does.Contain(Mended));
        Assert.That(events[6].Finished.StopSequence, Is.EqualTo(Mended));
    }

    [Test]
    public async Task HalfOfASurrogatePair_InAFailure_IsReplaced() =>
        Assert.That((await RunAsync(WorkEvents.Failed(FailureKind.Upstream, Half)))[^1].Failed.Message, Is.EqualTo(Mended));

    [Test]
    public async Task FailureMessage_WithoutBound_IsCut()
    {
        var message = (await RunAsync(WorkEvents.Failed(FailureKind.Upstream, Huge)))[^1].Failed.Message;

        Assert.That(message, Has.Length.EqualTo(TunnelProtocol.MaxFailureChars).And.EndsWith("…"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task ToolCall_WithAHugeIdOrName_FailsTheItemAsTheModelsFault(bool isId)
    {
        var failed = (await RunAsync(WorkEvents.ToolCallStarted(isId ? Huge : "id", isId ? "name" : Huge)))[^1].Failed;

        Assert.That((failed.Kind, failed.Message.Length < 200), Is.EqualTo((FailureKind.Upstream, true)));
    }

    [Test]
    public async Task Signature_LargerThanAMessage_FailsTheItem()
    {
        var thinking = new WorkEvent { Thinking = new ThinkingDelta { Signature = Huge } };
        var finished = new WorkEvent
        {
            ToolCallFinished = new ToolCallFinished { Id = "c", Signature = ByteString.CopyFrom(new byte[5_000_000]) },
        };

        Assert.That((await RunAsync(thinking))[^1].Failed.Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That((await RunAsync(WorkEvents.ToolCallStarted("c", "t"), finished))[^1].Failed.Kind, Is.EqualTo(FailureKind.Upstream));
    }

    // Each event is written as the stream would write it.
    private static async Task<List<WorkEvent>> RunAsync(params WorkEvent[] said)
    {
        using var logs = new NoErrorLogs();
        using var loggers = logs.CreateFactory();
        var time = new FakeTimeProvider();
        var logger = loggers.CreateLogger<WorkRunner>();
        using var runner = new WorkRunner([FakeAdapter.Of(said)], new WorkOptions(), new RunningCalls(time), time, logger);
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        var events = new List<WorkEvent>();
        var item = new WorkItem { WorkId = "w", Provider = "fake", Model = "m" };
        await foreach (var next in runner.RunAsync(item, WorkCredit.Unlimited(), cancellation))
        {
            Assert.That(next.ToByteArray(), Has.Length.LessThanOrEqualTo(TunnelProtocol.MaxEventBytes));
            events.Add(next);
        }

        return events;
    }
}
