using System.Buffers;
using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Work;

/// <summary>
/// The arguments of a turn's tool calls, of which one at a time is open: joined they are one JSON object. The tunnel checks what its CLI
/// says, the broker what a tunnel says, and nobody after them. Not thread-safe.
/// </summary>
public sealed class ToolCallArguments
{
    // More than any model writes in one call.
    private const int MaxBytes = 32 * 1024 * 1024;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly ArrayBufferWriter<byte> _joined = new();
    private string _id = string.Empty;
    private bool _isTooLong;

    /// <summary>The tool of the last call that has begun.</summary>
    public string Name { get; private set; } = string.Empty;

    /// <summary>Takes what an event says of a call. False for the end of one whose arguments are no JSON object, nor none at all.</summary>
    public static bool Accepts(ref ToolCallArguments? arguments, WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.ToolCallStarted:
                // Made with the first tool call: most items have none.
                (arguments ??= new ToolCallArguments()).Begin(next.ToolCallStarted);
                return true;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                arguments?.Add(next.ToolCallArguments);
                return true;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                return arguments?.End(next.ToolCallFinished) ?? true;
            default:
                return true;
        }
    }

    private void Begin(ToolCallStarted call)
    {
        _joined.ResetWrittenCount();
        _isTooLong = false;
        _id = call.Id;
        Name = call.Name;
    }

    private void Add(ToolCallArgumentsDelta delta)
    {
        _isTooLong |= _joined.WrittenCount + delta.Json.Length > MaxBytes;
        if (!_isTooLong)
        {
            Encoding.UTF8.GetBytes(delta.Json, _joined);
        }
    }

    // Another call's end is the grammar's to refuse.
    private bool End(ToolCallFinished call) => call.Id != _id || (!_isTooLong && IsObject(_joined.WrittenSpan));

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

            // To the end: what is cut off, too deep or followed by something else, throws.
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
