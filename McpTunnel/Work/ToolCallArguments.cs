using System.Buffers;
using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// The arguments of a turn's tool calls, of which one at a time is open. Here, and nowhere after it, they are checked: joined they are
/// one JSON object. Not thread-safe.
/// </summary>
internal sealed class ToolCallArguments
{
    // A model's schema is rarely ten deep; the reader's own default (64) would refuse what clients of today can read.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };

    private readonly ArrayBufferWriter<byte> _joined = new();
    private string _id = string.Empty;
    private string _name = string.Empty;

    public void Begin(ToolCallStarted call)
    {
        _joined.ResetWrittenCount();
        _id = call.Id;
        _name = call.Name;
    }

    public void Add(ToolCallArgumentsDelta delta) => Encoding.UTF8.GetBytes(delta.Json, _joined);

    /// <summary>Null when the call's arguments are a JSON object, or none at all; else what the turn fails with.</summary>
    public WorkEvent? End(ToolCallFinished call) =>
        // Another call's end is the grammar's to refuse.
        call.Id != _id || IsObject(_joined.WrittenSpan) ? null : WorkFailures.BadArguments(_name);

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return true;
        }

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
