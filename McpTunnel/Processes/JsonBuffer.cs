using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Polydev.McpTunnel.Processes;

/// <summary>
/// Buffers for JSON that may hold pictures. One that begins as large as what comes is not grown: each growth doubles it, and leaves its
/// copies to a collector that does not hurry, which is several times a large picture.
/// </summary>
internal static class JsonBuffer
{
    private const int Small = 1024;

    /// <summary>About how large a conversation, or a message of it, is as JSON: its bytes are written as base64.</summary>
    public static int SizeHintOf(IMessage message) => (int)Math.Min(Array.MaxLength, Small + (message.CalculateSize() / 3L * 4));

    public static ArrayBufferWriter<byte> For(object? value) => new(Math.Max(Small, (value as ISizedJson)?.SizeHint ?? 0));

    public static ReadOnlyMemory<byte> Write<T>(T value, JsonTypeInfo<T> shape)
    {
        var buffer = For(value);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(writer, value, shape);
        }

        return buffer.WrittenMemory;
    }
}

/// <summary>What knows about how large its JSON is, before it is written.</summary>
internal interface ISizedJson
{
    /// <summary>In bytes, rather too many than too few.</summary>
    int SizeHint { get; }
}
