using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects;

/// <summary>Writes server-sent events (WHATWG HTML, section 9.2) without a copy: the JSON goes straight into the response.</summary>
internal sealed class ServerSentEvents(IBufferWriter<byte> output) : IDisposable
{
    /// <summary>Text as it is, as the vendors send it: the default encoder, made for JSON inside HTML, writes "ü" and quotes as six characters.</summary>
    public static readonly JsonWriterOptions JsonOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json = new(output, JsonOptions);

    /// <summary>A <c>data:</c> frame, with an <c>event:</c> line before it where the dialect names its events.</summary>
    public void Write<T>(T data, JsonTypeInfo<T> type, string? name = null)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(name, output);
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        _json.Reset(output);
        JsonSerializer.Serialize(_json, data, type);
        _json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>A frame as it stands: <c>data: [DONE]</c>.</summary>
    public void WriteRaw(ReadOnlySpan<byte> frame) => output.Write(frame);

    /// <summary>A line that every client of ours passes over (see the wire's facts).</summary>
    public void WriteComment() => output.Write(": keep-alive\n\n"u8);

    public void Dispose() => _json.Dispose();
}
