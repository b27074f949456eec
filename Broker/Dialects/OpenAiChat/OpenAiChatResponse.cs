using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>A whole answer (<c>chat.completion</c>).</summary>
internal sealed record OpenAiChatResponse(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, CompletionUsage Usage)
{
    public string Object { get; } = "chat.completion";

    public string? SystemFingerprint { get; }

    public static OpenAiChatResponse Of(CompletionCall call, Answer answer)
    {
        var texts = answer.Texts;
        var message = new ChatMessage(texts.Count == 0 && answer.ToolCalls.Count > 0 ? (LongText?)null : new LongText(texts))
        {
            ReasoningContent = call.ShowsThoughts && answer.Thinking is { Length: > 0 } thoughts ? thoughts : null,
            ToolCalls = answer.ToolCalls.Count == 0 || call.CallsFunctions
                ? null
                : [.. answer.ToolCalls.Select(tool => Describe(tool, call.Offer.GivesText(tool.Name)))],
            FunctionCall = answer.ToolCalls.Count == 0 || !call.CallsFunctions ? null : FunctionOf(answer.ToolCalls[0]),
        };
        var reason = FinishReasonOf(call, answer.Finished?.StopReason ?? default);
        return new OpenAiChatResponse(
            call.AnswerId,
            call.CreatedAt.ToUnixTimeSeconds(),
            call.Model,
            [new ChatChoice(message, reason)],
            CompletionUsage.Of(answer.Usage));
    }

    /// <summary>
    /// A refusal is the vendor's filter cutting the answer, which is OpenAI's <c>content_filter</c>; its <c>message.refusal</c> is for a
    /// refusal that the model words itself, and that we get as plain text. A call that had to be is no reason to it: the answer just ends
    /// (docs: "Function calling", forcing a function).
    /// </summary>
    public static string FinishReasonOf(CompletionCall call, StopReason reason) => reason switch
    {
        StopReason.MaxTokens => "length",
        StopReason.ToolUse when call.Offer.Choice.Mode == ToolChoiceMode.Named => "stop",
        StopReason.ToolUse when call.CallsFunctions => "function_call",
        StopReason.ToolUse => "tool_calls",
        StopReason.Refusal => "content_filter",
        _ => "stop",
    };

    private static ChatToolCall Describe(AnswerToolCall call, bool isCustom) => new()
    {
        Id = ToolCallId.ForOpenAi(call.Id),
        Type = isCustom ? "custom" : "function",
        Function = isCustom ? null : FunctionOf(call),
        Custom = isCustom ? new ChatCustom(call.Name, CustomToolInput.Of(call.ArgumentsJson)) : null,
    };

    private static ChatFunction FunctionOf(AnswerToolCall call) => new(call.Name, call.ArgumentsJson);
}

/// <summary>The one choice of a whole answer.</summary>
internal sealed record ChatChoice(ChatMessage Message, string FinishReason)
{
    [JsonPropertyOrder(-1)]
    public int Index { get; }

    public object? Logprobs { get; }
}

/// <summary>The assistant's message. Its content is null where it did nothing but call tools.</summary>
internal sealed record ChatMessage(LongText? Content)
{
    [JsonPropertyOrder(-1)]
    public string Role { get; } = "assistant";

    public string? Refusal { get; }

    public IReadOnlyList<string> Annotations { get; } = [];

    /// <summary>Not OpenAI's: the word for thoughts that clients of this API know from others who serve it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }

    /// <summary>The form of 2023.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatFunction? FunctionCall { get; init; }
}

/// <summary>A tool call, whole or a delta of one. In a stream only its first delta has id, type and name, and all have the index.</summary>
internal sealed record ChatToolCall
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatFunction? Function { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatCustom? Custom { get; init; }
}

/// <summary>A call of a custom tool.</summary>
internal sealed record ChatCustom(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    string Input);

/// <summary>The function of a tool call. Its arguments are a text of JSON, not JSON.</summary>
internal sealed record ChatFunction(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    string Arguments);
