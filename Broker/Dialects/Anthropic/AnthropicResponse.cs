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

    public AnthropicStopDetails? StopDetails { get; init; }

    public required AnthropicMessageUsage Usage { get; init; }

    /// <summary>No code runs here.</summary>
    public object? Container { get; }

    public object? Diagnostics { get; }

    public static AnthropicResponse Begin(CompletionCall call, Usage usage) =>
        new() { Id = call.AnswerId, Model = call.Model, Usage = AnthropicMessageUsage.Of(usage) };

    public static AnthropicResponse Of(CompletionCall call, Answer answer) =>
        Begin(call, answer.Usage) with
        {
            Content = [.. answer.Pieces(_ => call.ShowsThoughts).Select(AnthropicBlock.Of)],
            StopReason = StopReasonOf(answer.Finished),
            StopSequence = StopSequenceOf(answer.Finished),
            StopDetails = AnthropicStopDetails.Of(answer.Finished),
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

/// <summary>Of a refusal; null otherwise. No CLI tells what it was for.</summary>
internal sealed record AnthropicStopDetails
{
    private static readonly AnthropicStopDetails Refusal = new();

    public string Type { get; } = "refusal";

    public string? Category { get; }

    public string? Explanation { get; }

    public static AnthropicStopDetails? Of(Finished? finished) =>
        finished?.StopReason == StopReason.Refusal ? Refusal : null;
}

/// <summary>A content block of an answer: <c>text</c>, <c>thinking</c> or <c>tool_use</c>.</summary>
internal sealed record AnthropicBlock(string Type)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LongText? Text { get; init; }

    /// <summary>Of a text: none, and said so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Citations { get; init; }

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

    /// <summary>Of a tool call: the model itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnthropicCaller? Caller { get; init; }

    public static AnthropicBlock OfText(LongText text) => new("text") { Text = text, Citations = RawJson.Null };

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
        new("tool_use") { Id = ToolCallId.ForAnthropic(id), Name = name, Input = input, Caller = AnthropicCaller.Direct };
}

/// <summary>Who calls a tool.</summary>
internal sealed record AnthropicCaller
{
    public static readonly AnthropicCaller Direct = new();

    public string Type { get; } = "direct";
}

/// <summary>
/// Anthropic's token figures: unlike ours, its input excludes what the prompt cache read and wrote. What no CLI tells is null.
/// </summary>
internal record AnthropicUsage
{
    protected AnthropicUsage(Usage usage)
    {
        var cached = usage.CacheReadTokens + usage.CacheWriteTokens;
        InputTokens = usage.InputTokens > cached ? usage.InputTokens - cached : 0;
        CacheCreationInputTokens = usage.CacheWriteTokens;
        CacheReadInputTokens = usage.CacheReadTokens;
        OutputTokens = usage.OutputTokens;
        OutputTokensDetails = AnthropicOutputDetails.Of(usage);
    }

    public ulong InputTokens { get; }

    public ulong CacheCreationInputTokens { get; }

    public ulong CacheReadInputTokens { get; }

    public ulong OutputTokens { get; }

    public AnthropicOutputDetails? OutputTokensDetails { get; }

    public object? ServerToolUse { get; }

    public static AnthropicUsage Of(Usage usage) => new(usage);
}

/// <summary>A message's own, which a stream's end does not say again.</summary>
internal sealed record AnthropicMessageUsage : AnthropicUsage
{
    private AnthropicMessageUsage(Usage usage)
        : base(usage)
    {
    }

    public object? CacheCreation { get; }

    public string? ServiceTier { get; }

    public string? InferenceGeo { get; }

    public string? Speed { get; }

    public static new AnthropicMessageUsage Of(Usage usage) => new(usage);
}

/// <summary>What of the output was thought.</summary>
internal sealed record AnthropicOutputDetails(ulong ThinkingTokens)
{
    /// <returns>Null: no CLI has told.</returns>
    public static AnthropicOutputDetails? Of(Usage usage) =>
        usage.ThinkingTokens == 0 ? null : new AnthropicOutputDetails(usage.ThinkingTokens);
}
