using System.Buffers;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>The stream that <c>alt=sse</c> asks for. It just ends: Google's SDK throws at a <c>[DONE]</c>.</summary>
internal sealed class GeminiSseFrames(IBufferWriter<byte> output) : IGeminiFrames
{
    private readonly ServerSentEvents _frames = new(output);

    public string ContentType => "text/event-stream";

    public void Write<T>(T next, JsonTypeInfo<T> type) => _frames.Write(next, type);

    public void WriteKeepAlive() => _frames.WriteComment();

    public void WriteEnd()
    {
    }

    public void Dispose() => _frames.Dispose();
}
