using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>The item once more, with an answer that was no good in its history and what was wrong with it behind.</summary>
internal static class SecondAsking
{
    private const string OtherCall =
        "Not run, because another call of the same answer was wrong. Make this call again too, if it is still needed.";

    /// <param name="item">What was asked; it stays as it is.</param>
    public static WorkItem Of(WorkItem item, Answer answer, AnswerFault fault)
    {
        var again = item.Clone();
        var said = new Message { Role = Role.Assistant, Parts = { Said(answer, fault.Call) } };
        if (said.Parts.Count == 0)
        {
            again.Messages[^1].Parts.Add(Text(fault.ForModel));
            return again;
        }

        var calls = said.Parts.Where(part => part.KindCase == Part.KindOneofCase.ToolCall).Select(part => part.ToolCall).ToList();
        again.Messages.Add(said);
        again.Messages.Add(new Message
        {
            Role = Role.User,
            Parts = { calls.Count == 0 ? [Text(fault.ForModel)] : calls.Select(call => Result(call, fault)) },
        });
        return again;
    }

    // A call that was cut is none. Thoughts without a signature no vendor takes back.
    private static IEnumerable<Part> Said(Answer answer, SlippedCall? slip)
    {
        var isThere = false;
        foreach (var piece in answer.Pieces(thought => thought.Signature.Length > 0))
        {
            switch (piece)
            {
                case AnswerText { Text.Length: > 0 } text:
                    yield return Text(text.Text);
                    break;
                case AnswerThought thought:
                    yield return new Part { Thinking = new ThinkingPart { Text = thought.Text, Signature = thought.Signature } };
                    break;
                case AnswerToolCall { IsWhole: true } call:
                    isThere |= call.Id == slip?.Id;
                    yield return Call(call.Id, call.Name, call.ArgumentsJson, call.Signature);
                    break;
            }
        }

        if (slip is not null && !isThere)
        {
            yield return Call(slip.Id, slip.Name, slip.Arguments, Google.Protobuf.ByteString.Empty);
        }
    }

    // What is no JSON object cannot stand in a history.
    private static Part Call(string id, string name, string arguments, Google.Protobuf.ByteString signature) => new()
    {
        ToolCall = new ToolCallPart
        {
            Id = id,
            Name = name,
            ArgumentsJson = AnswerChecks.IsObject(arguments) ? arguments : "{}",
            Signature = signature,
        },
    };

    private static Part Result(ToolCallPart call, AnswerFault fault) => new()
    {
        ToolResult = new ToolResultPart
        {
            ToolCallId = call.Id,
            Name = call.Name,
            Content = { Text(call.Id == fault.Call?.Id ? fault.ForModel : OtherCall) },
            IsError = true,
        },
    };

    private static Part Text(string text) => new() { Text = new TextPart { Text = text } };
}
