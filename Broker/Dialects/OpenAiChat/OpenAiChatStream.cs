using System.Buffers;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>
/// One streamed chat answer: a chunk with the role, one chunk for each delta, one with the finish reason, the usage where asked for,
/// <c>[DONE]</c>. Thoughts have no word in this dialect.
/// </summary>
internal sealed class OpenAiChatStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private readonly List<string> _toolCalls = [];
    private Usage _usage = new();
    private bool _begun;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text:
                WriteDelta(new ChatDelta(next.Text.Text));
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _toolCalls.Add(next.ToolCallStarted.Id);
                WriteToolCall(new ChatToolCall
                {
                    Index = _toolCalls.Count - 1,
                    Id = next.ToolCallStarted.Id,
                    Type = "function",
                    Function = new ChatFunction(next.ToolCallStarted.Name, string.Empty),
                });
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                WriteToolCall(new ChatToolCall
                {
                    Index = _toolCalls.IndexOf(next.ToolCallArguments.Id),
                    Function = new ChatFunction(null, next.ToolCallArguments.Json),
                });
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

    public void WriteFailure(ApiError error, string requestId) => _frames.Write(OpenAiErrorBody.Of(error), OpenAiJson.Default.OpenAiErrorBody);

    public void Dispose() => _frames.Dispose();

    private void WriteToolCall(ChatToolCall call) => WriteDelta(new ChatDelta((string?)null) { ToolCalls = [call] });

    private void WriteDelta(ChatDelta delta, string? finishReason = null)
    {
        if (!_begun)
        {
            _begun = true;
            WriteChunk([new ChatChunkChoice(new ChatDelta(string.Empty) { Role = "assistant" }, null)]);
        }

        WriteChunk([new ChatChunkChoice(delta, finishReason)]);
    }

    private void WriteChunk(IReadOnlyList<ChatChunkChoice> choices, ChatUsage? usage = null)
    {
        var created = call.CreatedAt.ToUnixTimeSeconds();
        if (call.IncludeUsage)
        {
            var chunk = new ChatUsageChunk(call.AnswerId, created, call.Model, choices) { Usage = usage };
            _frames.Write(chunk, OpenAiChatJson.Default.ChatUsageChunk);
        }
        else
        {
            _frames.Write(new ChatChunk(call.AnswerId, created, call.Model, choices), OpenAiChatJson.Default.ChatChunk);
        }
    }

    private void Finish(StopReason reason)
    {
        WriteDelta(new ChatDelta((string?)null), ChatFinishReason.Of(reason));
        if (call.IncludeUsage)
        {
            WriteChunk([], ChatUsage.Of(_usage));
        }

        _frames.WriteRaw("data: [DONE]\n\n"u8);
    }
}
