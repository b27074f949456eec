using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Clis.Tools;

internal sealed class CliRequiredCallTests
{
    private static readonly WorkEvent[] Chat = [WorkEvents.Text("Hello."), Used(10, 2), WorkEvents.Finished(StopReason.EndTurn)];

    private static readonly WorkEvent[] Call =
    [
        WorkEvents.Thinking("Hm."), WorkEvents.Text("I look."), WorkEvents.ToolCallStarted("c1", "get_weather"),
        WorkEvents.ToolCallFinished("c1"), Used(20, 3), WorkEvents.Finished(StopReason.ToolUse),
    ];

    [Test]
    public async Task AskAsync_CallAtOnce_GivesTheAnswerAsItIs() => Assert.That(await RunAsync(Call), Is.EqualTo(Call));

    [Test]
    public async Task AskAsync_CallAtTheSecondTime_GivesThatAnswerAndCountsBoth() =>
        Assert.That(await RunAsync(Chat, Call), Is.EqualTo((WorkEvent[])[.. Call[..4], Used(30, 5), Call[5]]));

    [Test]
    public void AskAsync_NoCallTwice_Fails() => Assert.That(
        () => RunAsync(Chat, Chat), Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.Upstream));

    [TestCase(StopReason.Refusal)]
    [TestCase(StopReason.MaxTokens)]
    public async Task AskAsync_AnswerThatTheVendorEnded_Stands(StopReason reason)
    {
        WorkEvent[] ended = [.. Chat[..2], WorkEvents.Finished(reason)];

        Assert.That(await RunAsync(ended), Is.EqualTo(ended));
    }

    private static WorkEvent Used(ulong input, ulong output) => new() { Usage = new Usage { InputTokens = input, OutputTokens = output } };

    /// <summary>Fails where it is asked for more answers than there are.</summary>
    private static async Task<List<WorkEvent>> RunAsync(params WorkEvent[][] answers)
    {
        var left = new Queue<WorkEvent[]>(answers);
        var told = new List<WorkEvent>();
        await foreach (var next in CliRequiredCall.AskAsync(() => left.Dequeue().ToAsyncEnumerable()))
        {
            told.Add(next);
        }

        return told;
    }
}
