using System.Buffers;
using System.Text.Json.Serialization;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// A streamed message: message_start, its blocks one after the other, message_delta, message_stop. The start waits for the
/// first content, so that it carries the input's usage where that comes before it; else it carries an estimate, and the end the figure.
/// </summary>
internal sealed class AnthropicStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private Usage _usage = new();
    private bool _started;
    private int _index = -1;

    // The type of the block that is open, and what its deltas look like.
    private string? _open;
    private DeltaFrame? _delta;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                if (_open != "text")
                {
                    StartBlock(AnthropicBlock.OfText(string.Empty));
                }

                WriteDelta(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking when call.ShowsThoughts:
                WriteThought(next.Thinking);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                StartBlock(AnthropicBlock.OfToolUse(next.ToolCallStarted));

                // Anthropic's own begins with an empty one, and clients take the input from the deltas alone.
                WriteDelta(string.Empty);
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments when next.ToolCallArguments.Json.Length > 0:
                WriteDelta(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                StopBlock();
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                WriteEnd(next.Finished);
                break;
        }
    }

    // Welcome before message_start too: the SDKs drop it by its name.
    public void WriteKeepAlive() => _frames.Write(new AnthropicEvents.Ping(), AnthropicJson.Default.Ping, "ping");

    public void WriteFailure(ApiError error, string requestId) =>
        _frames.Write(AnthropicError.Of(error, requestId), AnthropicJson.Default.AnthropicError, "error");

    public void Dispose() => _frames.Dispose();

    // A thought ends with its signature; what is thought after it is another block.
    private void WriteThought(ThinkingDelta thought)
    {
        if (thought.Text.Length == 0 && thought.Signature.Length == 0)
        {
            return;
        }

        if (_open != "thinking")
        {
            StartBlock(AnthropicBlock.OfThought(string.Empty, string.Empty));
        }

        if (thought.Text.Length > 0)
        {
            WriteDelta(thought.Text);
        }

        if (thought.Signature.Length > 0)
        {
            Write(new AnthropicEvents.BlockDelta(_index, AnthropicEvents.Delta.OfSignature(thought.Signature)));
            StopBlock();
        }
    }

    private void WriteEnd(Finished finished)
    {
        StartMessage();
        StopBlock();
        var end = new AnthropicEvents.MessageDelta(AnthropicEvents.End.Of(finished), AnthropicUsage.Of(_usage));
        _frames.Write(end, AnthropicJson.Default.MessageDelta, end.Type);
        _frames.Write(new AnthropicEvents.MessageStop(), AnthropicJson.Default.MessageStop, "message_stop");
    }

    private void StartMessage()
    {
        if (!_started)
        {
            _started = true;
            if (_usage.InputTokens == 0)
            {
                // Codex and Gemini CLI tell it at their end, and clients' context meters read it here.
                _usage = new Usage(_usage) { InputTokens = call.EstimatedInput };
            }

            var start = new AnthropicEvents.MessageStart(AnthropicResponse.Begin(call, _usage));
            _frames.Write(start, AnthropicJson.Default.MessageStart, start.Type);
        }
    }

    private void StartBlock(AnthropicBlock block)
    {
        StartMessage();
        StopBlock();
        _open = block.Type;
        var start = new AnthropicEvents.BlockStart(++_index, block);
        _frames.Write(start, AnthropicJson.Default.BlockStart, start.Type);
    }

    private void WriteDelta(string text) => _frames.Write(_delta ??= DeltaOf(_open!), text);

    private DeltaFrame DeltaOf(string type)
    {
        var (delta, field) = type switch
        {
            "text" => (AnthropicEvents.Delta.OfText(string.Empty), "text"),
            "thinking" => (AnthropicEvents.Delta.OfThinking(string.Empty), "thinking"),
            _ => (AnthropicEvents.Delta.OfInput(string.Empty), "partial_json"),
        };
        var empty = new AnthropicEvents.BlockDelta(_index, delta);
        return DeltaFrame.Of(empty, AnthropicJson.Default.BlockDelta, field, $"event: {empty.Type}\ndata: ");
    }

    private void Write(AnthropicEvents.BlockDelta delta) => _frames.Write(delta, AnthropicJson.Default.BlockDelta, delta.Type);

    private void StopBlock()
    {
        if (_open is not null)
        {
            (_open, _delta) = (null, null);
            var stop = new AnthropicEvents.BlockStop(_index);
            _frames.Write(stop, AnthropicJson.Default.BlockStop, stop.Type);
        }
    }
}

/// <summary>The events of a streamed message (docs: "Streaming messages"); the name of each stands in its <c>event:</c> line too.</summary>
internal static class AnthropicEvents
{
    internal sealed record MessageStart(AnthropicResponse Message)
    {
        public string Type { get; } = "message_start";
    }

    internal sealed record BlockStart(int Index, AnthropicBlock ContentBlock)
    {
        public string Type { get; } = "content_block_start";
    }

    internal sealed record BlockDelta(int Index, Delta Delta)
    {
        public string Type { get; } = "content_block_delta";
    }

    internal sealed record BlockStop(int Index)
    {
        public string Type { get; } = "content_block_stop";
    }

    internal sealed record MessageDelta(End Delta, AnthropicUsage Usage)
    {
        public string Type { get; } = "message_delta";
    }

    internal sealed record MessageStop
    {
        public string Type { get; } = "message_stop";
    }

    internal sealed record Ping
    {
        public string Type { get; } = "ping";
    }

    /// <summary>What a block grows by.</summary>
    internal sealed record Delta(string Type)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Text { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Thinking { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Signature { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? PartialJson { get; init; }

        public static Delta OfText(string text) => new("text_delta") { Text = text };

        public static Delta OfThinking(string text) => new("thinking_delta") { Thinking = text };

        public static Delta OfSignature(string signature) => new("signature_delta") { Signature = signature };

        public static Delta OfInput(string json) => new("input_json_delta") { PartialJson = json };
    }

    /// <summary>How the message ended.</summary>
    internal sealed record End(string StopReason, string? StopSequence, AnthropicStopDetails? StopDetails)
    {
        /// <summary>No code runs here.</summary>
        public object? Container { get; }

        public static End Of(Finished finished) => new(
            AnthropicResponse.StopReasonOf(finished), AnthropicResponse.StopSequenceOf(finished), AnthropicStopDetails.Of(finished));
    }
}
