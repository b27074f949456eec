using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// A tunnel's answers to whatever it is asked: the last text of the user's, and by its length a thought, a tool call, or a failure with it.
/// </summary>
internal static class EchoAnswers
{
    private const int LongestEcho = 50_000;

    public static IEnumerable<ClientFrame> Of(WorkItem item)
    {
        var last = item.Messages[^1].Parts.LastOrDefault(part => part.KindCase == Part.KindOneofCase.Text)?.Text.Text ?? "nothing";
        var text = WorkEvents.Text(last.Length <= LongestEcho ? last : last[..LongestEcho].TrimEnd('\ud83d'));
        WorkEvent[] answer = ((item.Messages.Count + last.Length) % 8) switch
        {
            0 => [text, .. Call("call_1", "{\"a\":", "[1]}"), .. Call("call_2"), WorkEvents.Finished(StopReason.ToolUse)],
            1 => [WorkEvents.Thinking("hm"), text, new WorkEvent { Usage = new Usage { InputTokens = 3, OutputTokens = 5 } }, Finished()],
            2 => [text, WorkEvents.Failed(FailureKind.Upstream, "The vendor's stream broke off.")],
            3 => [text, .. Call("call_1", "{\"a\":")],
            4 => [.. Call("call_1", $"{{\"a\":{new string('[', 5_000)}{new string(']', 5_000)}}}"), Finished()],
            5 => [WorkEvents.Failed(FailureKind.Overloaded, "Too much to do.")],
            _ => [text, text.Clone(), Finished()],
        };
        return [.. answer.Prepend(WorkEvents.Started()).Select((next, index) => Frames.Event(item.WorkId, (ulong)index + 1, next))];
    }

    private static WorkEvent Finished() => WorkEvents.Finished(StopReason.EndTurn);

    private static WorkEvent[] Call(string id, params string[] arguments) =>
    [
        WorkEvents.ToolCallStarted(id, "weather"),
        .. arguments.Select(json => WorkEvents.ToolCallArguments(id, json)),
        WorkEvents.ToolCallFinished(id),
    ];
}
