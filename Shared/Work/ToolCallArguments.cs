using System.Buffers;
using System.Text;
using System.Text.Json;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Work;

/// <summary>
/// The arguments of an item's tool calls, of which one at a time is open. Joined they are one JSON object, or nothing at all: as deep as
/// both ends read JSON, and no larger than a message. Not thread-safe.
/// </summary>
internal sealed class ToolCallArguments
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly ArrayBufferWriter<byte> _joined = new();
    private bool _isTooLong;

    public void Begin()
    {
        _joined.ResetWrittenCount();
        _isTooLong = false;
    }

    public void Add(string json)
    {
        // What cannot be good any more is not kept.
        _isTooLong |= _joined.WrittenCount + json.Length > TunnelProtocol.MaxMessageBytes;
        if (!_isTooLong)
        {
            Encoding.UTF8.GetBytes(json, _joined);
        }
    }

    public bool AreGood() => !_isTooLong && (_joined.WrittenCount == 0 || IsObject(_joined.WrittenSpan));

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            // To the end: what is cut off, or followed by something else, throws.
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
