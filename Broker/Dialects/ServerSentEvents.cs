using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects;

/// <summary>Writes the frames of a stream without a copy: the JSON goes straight into the response. Belongs to one stream.</summary>
internal sealed class ServerSentEvents(IBufferWriter<byte> output) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(output, JsonOutput.Options);

    /// <summary>
    /// A <c>data:</c> frame (WHATWG HTML, section 9.2), with an <c>event:</c> line before it where the dialect names its events.
    /// </summary>
    public void Write<T>(T data, JsonTypeInfo<T> type, string? name = null)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(name, output);
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        WriteJson(data, type);
        output.Write("\n\n"u8);
    }

    /// <summary>A frame that differs from its kind by this text alone.</summary>
    public void Write(DeltaFrame frame, string text)
    {
        output.Write(frame.Before);
        WriteText(text);
        output.Write(frame.After);
    }

    /// <summary>JSON without a frame around it.</summary>
    public void WriteJson<T>(T data, JsonTypeInfo<T> type)
    {
        _json.Reset(output);
        JsonSerializer.Serialize(_json, data, type);
        _json.Flush();
    }

    /// <summary>A JSON string without a frame around it.</summary>
    public void WriteText(string text)
    {
        _json.Reset(output);
        _json.WriteStringValue(text);
        _json.Flush();
    }

    public void WriteNumber(int number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(11), out var written);
        output.Advance(written);
    }

    /// <summary>Bytes as they stand: <c>data: [DONE]</c>.</summary>
    public void WriteRaw(ReadOnlySpan<byte> frame) => output.Write(frame);

    /// <summary>A line that every client of ours passes over (see docs/wire.md).</summary>
    public void WriteComment() => output.Write(": keep-alive\n\n"u8);

    public void Dispose() => _json.Dispose();
}

/// <summary>
/// A frame of which only one text changes, written once and cut at that text: a delta then costs its own letters, and nothing is allocated.
/// Made from the very records that the other frames are written from, so that the two cannot differ.
/// </summary>
internal sealed class DeltaFrame
{
    private DeltaFrame(byte[] before, byte[] after) => (Before, After) = (before, after);

    public byte[] Before { get; }

    public byte[] After { get; }

    /// <param name="empty">The frame's data with an empty text.</param>
    /// <param name="field">The name of the field that holds the text.</param>
    /// <param name="before">What stands before the JSON.</param>
    /// <param name="after">What stands after it.</param>
    public static DeltaFrame Of<T>(T empty, JsonTypeInfo<T> type, string field, string before = "data: ", string after = "\n\n")
    {
        var json = new ArrayBufferWriter<byte>();
        JsonOutput.Write(json, empty, type);

        // No text of a caller's (a model's name) can look like this: inside a JSON string quotes are escaped.
        var mark = Encoding.UTF8.GetBytes($"\"{field}\":\"\"");
        var place = json.WrittenSpan.IndexOf(mark);
        var text = place + mark.Length - 2;
        return new DeltaFrame(
            [.. Encoding.UTF8.GetBytes(before), .. json.WrittenSpan[..text]],
            [.. json.WrittenSpan[(text + 2)..], .. Encoding.UTF8.GetBytes(after)]);
    }
}
