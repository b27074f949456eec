using System.Buffers;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Numbers and writes the events of one response.</summary>
internal sealed class ResponseEvents(IBufferWriter<byte> output) : IDisposable
{
    private readonly ServerSentEvents _frames = new(output);
    private int _sequence;

    public void Write(ResponseEvent next) =>
        _frames.Write(next with { SequenceNumber = _sequence++ }, OpenAiResponsesJson.Default.ResponseEvent, next.Type);

    public void WriteError(OpenAiError error) =>
        _frames.Write(
            new ResponseErrorEvent(_sequence++, error.Code ?? error.Type, error.Message, error.Param),
            OpenAiResponsesJson.Default.ResponseErrorEvent,
            "error");

    public void WriteComment() => _frames.WriteComment();

    public void Dispose() => _frames.Dispose();
}
