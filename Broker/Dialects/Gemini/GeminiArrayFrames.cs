using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's stream without <c>alt=sse</c>: one JSON array, sent element by element.</summary>
internal sealed class GeminiArrayFrames(IBufferWriter<byte> output) : IGeminiFrames
{
    private readonly Utf8JsonWriter _json = new(output);
    private bool _begun;

    public string ContentType => "application/json";

    public void Write<T>(T next, JsonTypeInfo<T> type)
    {
        output.Write(_begun ? ",\n"u8 : "["u8);
        _begun = true;
        _json.Reset(output);
        JsonSerializer.Serialize(_json, next, type);
        _json.Flush();
    }

    // White space may stand anywhere between the elements, and before the array.
    public void WriteKeepAlive() => output.Write("\n"u8);

    public void WriteEnd() => output.Write("]"u8);

    public void Dispose() => _json.Dispose();
}
