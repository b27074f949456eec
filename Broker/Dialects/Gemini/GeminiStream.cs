using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// A streamed answer: a piece for each text, thought and function call (which Google sends whole), each with the usage that is known by
/// then, and at the end the reason. With <c>alt=sse</c> it is server-sent events, and just ends: Google's SDK throws at a <c>[DONE]</c>.
/// Without, it is one JSON array.
/// </summary>
internal sealed class GeminiStream(IBufferWriter<byte> output, CompletionCall call) : IAnswerStream
{
    private readonly ServerSentEvents _frames = new(output);
    private readonly StringBuilder _arguments = new();
    private DeltaFrame? _text;
    private DeltaFrame? _thought;
    private ToolCallStarted? _toolCall;

    // Clients' context meters read the prompt's figure from the first piece on.
    private Usage _usage = new() { InputTokens = call.EstimatedInput };
    private bool _begun;

    public string ContentType => call.ServerSentEvents ? "text/event-stream" : "application/json";

    public void Write(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                WriteDelta(_text ??= FrameOf(GeminiPart.OfText(string.Empty)), next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking when call.ShowsThoughts:
                WriteThought(next.Thinking);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _toolCall = next.ToolCallStarted;
                _arguments.Clear();
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                _arguments.Append(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                var arguments = _arguments.Length == 0 ? "{}" : _arguments.ToString();
                WritePiece(GeminiPart.OfCall(_toolCall!.Id, _toolCall.Name, arguments, next.ToolCallFinished.Signature));
                break;
            case WorkEvent.KindOneofCase.Usage:
                TakeUsage(next.Usage);
                break;
            case WorkEvent.KindOneofCase.Finished:
                WriteObject(GeminiResponse.End(call, _usage, next.Finished), GeminiJson.Default.GeminiResponse);
                WriteEnd();
                break;
        }
    }

    // White space may stand anywhere between the elements of an array, and before it.
    public void WriteKeepAlive()
    {
        if (call.ServerSentEvents)
        {
            _frames.WriteComment();
        }
        else
        {
            _frames.WriteRaw("\n"u8);
        }
    }

    public void WriteFailure(ApiError error, string requestId)
    {
        WriteObject(GoogleError.Of(error), GeminiJson.Default.GoogleError);
        WriteEnd();
    }

    public void Dispose() => _frames.Dispose();

    // The figures stand in each frame.
    private void TakeUsage(Usage told)
    {
        _usage = told.InputTokens > 0 ? told : new Usage(told) { InputTokens = call.EstimatedInput };
        (_text, _thought) = (null, null);
    }

    private void WriteThought(ThinkingDelta thought)
    {
        if (thought.Signature.Length > 0)
        {
            WritePiece(GeminiPart.OfThought(thought.Text, thought.Signature));
        }
        else if (thought.Text.Length > 0)
        {
            WriteDelta(_thought ??= FrameOf(GeminiPart.OfThought(string.Empty, string.Empty)), thought.Text);
        }
    }

    private DeltaFrame FrameOf(GeminiPart empty) =>
        DeltaFrame.Of(GeminiResponse.Piece(call, empty, _usage), GeminiJson.Default.GeminiResponse, "text", string.Empty, string.Empty);

    private void WritePiece(GeminiPart part) => WriteObject(GeminiResponse.Piece(call, part, _usage), GeminiJson.Default.GeminiResponse);

    private void WriteDelta(DeltaFrame frame, string text)
    {
        Open();
        _frames.Write(frame, text);
        Close();
    }

    private void WriteObject<T>(T next, JsonTypeInfo<T> type)
    {
        Open();
        _frames.WriteJson(next, type);
        Close();
    }

    private void Open()
    {
        _frames.WriteRaw(call.ServerSentEvents ? "data: "u8 : _begun ? ",\n"u8 : "["u8);
        _begun = true;
    }

    private void Close()
    {
        if (call.ServerSentEvents)
        {
            _frames.WriteRaw("\n\n"u8);
        }
    }

    private void WriteEnd()
    {
        if (!call.ServerSentEvents)
        {
            _frames.WriteRaw("]"u8);
        }
    }
}
