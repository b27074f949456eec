using System.Buffers;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>
/// One streamed chat answer: a chunk with the role, one chunk for each delta, one with the finish reason, the usage where asked for,
/// <c>[DONE]</c>. Thoughts, where they are asked for, stand in <c>reasoning_content</c>.
/// </summary>
internal sealed class OpenAiChatStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private DeltaFrame? _text;
    private DeltaFrame? _thought;
    private int _toolCalls;
    private bool _callIsBare;

    // Of the call that is open; null where it is a function's.
    private CustomToolInput? _input;
    private Usage _usage = new();
    private bool _begun;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                Begin();
                _frames.Write(_text ??= FrameOf(ChatDelta.EmptyText, "content"), next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking when call.ShowsThoughts && next.Thinking.Text.Length > 0:
                Begin();
                _frames.Write(_thought ??= FrameOf(ChatDelta.EmptyThought, "reasoning_content"), next.Thinking.Text);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                BeginCall(next.ToolCallStarted);
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments when _input is { } input:
                WriteInput(input.Take(next.ToolCallArguments.Json));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments when next.ToolCallArguments.Json.Length > 0:
                WriteArguments(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished when _callIsBare:
                // Clients parse what has come, and no text is not JSON.
                WriteArguments("{}");
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Finish(next.Finished.StopReason);
                break;
        }
    }

    public void WriteKeepAlive() => _frames.WriteComment();

    public void WriteFailure(ApiError error, string requestId) =>
        _frames.Write(OpenAiErrorBody.Of(error), OpenAiJson.Default.OpenAiErrorBody);

    public void Dispose() => _frames.Dispose();

    private void BeginCall(ToolCallStarted started)
    {
        _toolCalls++;
        var isCustom = call.Offer.GivesText(started.Name);
        (_callIsBare, _input) = (!isCustom, isCustom ? new CustomToolInput() : null);
        WriteToolCall(new ChatToolCall
        {
            Index = _toolCalls - 1,
            Id = ToolCallId.ForOpenAi(started.Id),
            Type = isCustom ? "custom" : "function",
            Function = isCustom ? null : new ChatFunction(started.Name, string.Empty),
            Custom = isCustom ? new ChatCustom(started.Name, string.Empty) : null,
        });
    }

    private void WriteInput(string text)
    {
        if (text.Length > 0)
        {
            WriteToolCall(new ChatToolCall { Index = _toolCalls - 1, Custom = new ChatCustom(null, text) });
        }
    }

    private void WriteArguments(string json)
    {
        _callIsBare = false;
        WriteToolCall(new ChatToolCall { Index = _toolCalls - 1, Function = new ChatFunction(null, json) });
    }

    private void WriteToolCall(ChatToolCall called)
    {
        if (!call.CallsFunctions)
        {
            WriteDelta(new ChatDelta((string?)null) { ToolCalls = [called] });
        }
        else if (called.Index == 0)
        {
            // The form of 2023 has room for the first call alone.
            WriteDelta(new ChatDelta((string?)null) { FunctionCall = called.Function });
        }
    }

    private void WriteDelta(ChatDelta delta, string? finishReason = null)
    {
        Begin();
        WriteChunk([new ChatChunkChoice(delta, finishReason)]);
    }

    private void Begin()
    {
        if (!_begun)
        {
            _begun = true;
            WriteChunk([new ChatChunkChoice(new ChatDelta(string.Empty) { Role = "assistant" }, null)]);
        }
    }

    private void WriteChunk(IReadOnlyList<ChatChunkChoice> choices, CompletionUsage? usage = null)
    {
        if (call.IncludeUsage)
        {
            _frames.Write(UsageChunk(choices, usage), OpenAiChatJson.Default.ChatUsageChunk);
        }
        else
        {
            _frames.Write(Chunk(choices), OpenAiChatJson.Default.ChatChunk);
        }
    }

    private DeltaFrame FrameOf(ChatDelta empty, string field)
    {
        ChatChunkChoice[] choices = [new ChatChunkChoice(empty, null)];
        return call.IncludeUsage
            ? DeltaFrame.Of(UsageChunk(choices, null), OpenAiChatJson.Default.ChatUsageChunk, field)
            : DeltaFrame.Of(Chunk(choices), OpenAiChatJson.Default.ChatChunk, field);
    }

    private ChatChunk Chunk(IReadOnlyList<ChatChunkChoice> choices) =>
        new(call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, choices);

    private ChatUsageChunk UsageChunk(IReadOnlyList<ChatChunkChoice> choices, CompletionUsage? usage) =>
        new(call.AnswerId, call.CreatedAt.ToUnixTimeSeconds(), call.Model, choices) { Usage = usage };

    private void Finish(StopReason reason)
    {
        WriteDelta(new ChatDelta((string?)null), OpenAiChatResponse.FinishReasonOf(call, reason));
        if (call.IncludeUsage)
        {
            WriteChunk([], CompletionUsage.Of(_usage));
        }

        _frames.WriteRaw("data: [DONE]\n\n"u8);
    }
}

/// <summary>One frame of a streamed answer (<c>chat.completion.chunk</c>).</summary>
internal record ChatChunk(string Id, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices)
{
    public string Object { get; } = "chat.completion.chunk";

    public string? SystemFingerprint { get; }
}

/// <summary>
/// A frame of a stream with <c>include_usage</c>: the usage stands in every chunk, null in all but the last, which has no choice.
/// </summary>
internal sealed record ChatUsageChunk(string Id, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices)
    : ChatChunk(Id, Created, Model, Choices)
{
    [JsonPropertyOrder(1)]
    public CompletionUsage? Usage { get; init; }
}

/// <summary>The one choice of a chunk. Its finish reason is null in all chunks but one.</summary>
internal sealed record ChatChunkChoice(ChatDelta Delta, string? FinishReason)
{
    [JsonPropertyOrder(-1)]
    public int Index { get; }

    public object? Logprobs { get; }
}

/// <summary>What a chunk adds. Content is always written, null too: some clients index it blindly.</summary>
internal sealed record ChatDelta(string? Content)
{
    public static readonly ChatDelta EmptyText = new(string.Empty);

    public static readonly ChatDelta EmptyThought = new((string?)null) { ReasoningContent = string.Empty };

    /// <summary>Only in the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonPropertyOrder(-1)]
    public string? Role { get; init; }

    /// <summary>As in <see cref="ChatMessage"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }

    /// <summary>The form of 2023.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatFunction? FunctionCall { get; init; }
}
