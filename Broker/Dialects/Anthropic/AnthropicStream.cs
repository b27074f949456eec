using System.Buffers;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// A streamed message: message_start, its blocks one after the other, message_delta, message_stop. The start waits for the
/// first content, so that it carries the input's usage, which comes before it.
/// </summary>
internal sealed class AnthropicStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private readonly AnthropicToolOrder _tools = new();
    private Usage _usage = new();
    private bool _started;
    private int _index = -1;
    private bool _blockOpen;
    private bool _inText;

    public string ContentType => "text/event-stream";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                WriteText(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                WriteTools(_tools.Start(next));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                WriteTools(_tools.Append(next));
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

    private void WriteText(string text)
    {
        if (!_inText)
        {
            WriteTools(_tools.Flush());
            StartBlock(AnthropicBlock.OfText(string.Empty));
            _inText = true;
        }

        WriteDelta(AnthropicEvents.Delta.OfText(text));
    }

    private void WriteTools(IEnumerable<WorkEvent> inOrder)
    {
        foreach (var next in inOrder)
        {
            if (next.KindCase == WorkEvent.KindOneofCase.ToolCallStarted)
            {
                StartBlock(AnthropicBlock.OfToolUse(next.ToolCallStarted.Id, next.ToolCallStarted.Name));
                _inText = false;
            }
            else
            {
                WriteDelta(AnthropicEvents.Delta.OfInput(next.ToolCallArguments.Json));
            }
        }
    }

    private void WriteEnd(Finished finished)
    {
        WriteTools(_tools.Flush());
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
            var start = new AnthropicEvents.MessageStart(AnthropicResponse.Begin(call, _usage));
            _frames.Write(start, AnthropicJson.Default.MessageStart, start.Type);
        }
    }

    private void StartBlock(AnthropicBlock block)
    {
        StartMessage();
        StopBlock();
        _blockOpen = true;
        var start = new AnthropicEvents.BlockStart(++_index, block);
        _frames.Write(start, AnthropicJson.Default.BlockStart, start.Type);
    }

    private void WriteDelta(AnthropicEvents.Delta delta)
    {
        var grown = new AnthropicEvents.BlockDelta(_index, delta);
        _frames.Write(grown, AnthropicJson.Default.BlockDelta, grown.Type);
    }

    private void StopBlock()
    {
        if (_blockOpen)
        {
            _blockOpen = false;
            var stop = new AnthropicEvents.BlockStop(_index);
            _frames.Write(stop, AnthropicJson.Default.BlockStop, stop.Type);
        }
    }
}
