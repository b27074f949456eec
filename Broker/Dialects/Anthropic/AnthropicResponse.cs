using System.Text.Json.Serialization;
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

    public static AnthropicResponse Of(CompletionCall call, Answer answer) =>
        Begin(call, answer.Usage) with
        {
            Content = [.. answer.Pieces(_ => call.ShowsThoughts).Select(AnthropicBlock.Of)],
            StopReason = StopReasonOf(answer.Finished),
            StopSequence = StopSequenceOf(answer.Finished),
        };

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

/// <summary>A content block of an answer: <c>text</c>, <c>thinking</c> or <c>tool_use</c>.</summary>
internal sealed record AnthropicBlock(string Type)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LongText? Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Thinking { get; init; }

    /// <summary>The vendor's, over the thought: a client hands it back with the thought in its next call.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signature { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Input { get; init; }

    public static AnthropicBlock OfText(LongText text) => new("text") { Text = text };

    public static AnthropicBlock OfThought(string text, string signature) => new("thinking") { Thinking = text, Signature = signature };

    /// <summary>A tool call whose arguments are still to come.</summary>
    public static AnthropicBlock OfToolUse(ToolCallStarted call) =>
        OfToolUse(call.Id, call.Name, RawJson.EmptyObject);

    public static AnthropicBlock Of(AnswerPiece piece) => piece switch
    {
        AnswerText text => OfText(new LongText(text.Pieces)),
        AnswerThought thought => OfThought(thought.Text, thought.Signature),

        // Of a call that was cut, what there is of its input is no JSON.
        AnswerToolCall call => OfToolUse(call.Id, call.Name, call.IsWhole ? new RawJson(call.ArgumentsJson) : RawJson.EmptyObject),
        _ => throw new NotSupportedException($"A piece of the type {piece.GetType()}."),
    };

    private static AnthropicBlock OfToolUse(string id, string name, RawJson input) =>
        new("tool_use") { Id = ToolCallId.ForAnthropic(id), Name = name, Input = input };
}

/// <summary>Anthropic's token figures: unlike ours, its input excludes what the prompt cache read and wrote.</summary>
internal sealed record AnthropicUsage(ulong InputTokens, ulong CacheCreationInputTokens, ulong CacheReadInputTokens, ulong OutputTokens)
{
    public static AnthropicUsage Of(Usage usage)
    {
        var cached = usage.CacheReadTokens + usage.CacheWriteTokens;
        var input = usage.InputTokens > cached ? usage.InputTokens - cached : 0;
        return new AnthropicUsage(input, usage.CacheWriteTokens, usage.CacheReadTokens, usage.OutputTokens);
    }
}
