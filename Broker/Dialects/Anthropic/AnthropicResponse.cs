using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>A message as Anthropic answers it; in a stream's <c>message_start</c>, its empty beginning.</summary>
internal sealed record AnthropicResponse
{
    public required string Id { get; init; }

    public string Type { get; } = "message";

    public string Role { get; } = "assistant";

    public required string Model { get; init; }

    public IReadOnlyList<AnthropicBlock> Content { get; init; } = [];

    public string? StopReason { get; init; }

    public string? StopSequence { get; init; }

    public required AnthropicUsage Usage { get; init; }

    public static AnthropicResponse Begin(CompletionCall call, Usage usage) =>
        new() { Id = call.AnswerId, Model = call.Model, Usage = AnthropicUsage.Of(usage) };

    public static AnthropicResponse Of(CompletionCall call, Answer answer)
    {
        var text = answer.Text;
        IEnumerable<AnthropicBlock> before = text.Length == 0 ? [] : [AnthropicBlock.OfText(text)];
        return Begin(call, answer.Usage) with
        {
            Content = [.. before, .. answer.ToolCalls.Select(AnthropicBlock.OfToolUse)],
            StopReason = StopReasonOf(answer.Finished),
            StopSequence = StopSequenceOf(answer.Finished),
        };
    }

    public static string StopReasonOf(Finished? finished) => finished?.StopReason switch
    {
        Protos.V1.StopReason.MaxTokens => "max_tokens",
        Protos.V1.StopReason.StopSequence => "stop_sequence",
        Protos.V1.StopReason.ToolUse => "tool_use",
        Protos.V1.StopReason.Refusal => "refusal",
        _ => "end_turn",
    };

    public static string? StopSequenceOf(Finished? finished) => finished is { StopSequence.Length: > 0 } ? finished.StopSequence : null;
}
