using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// Puts the events of tool calls that arrive interleaved one call after the other: Anthropic's blocks never overlap, and clients
/// append to the last one. Calls that come in turn pass at once.
/// </summary>
internal sealed class AnthropicToolOrder
{
    private readonly StringBuilder _arguments = new();
    private readonly List<WorkEvent> _waiting = [];
    private string? _open;

    /// <summary>The events to write now, now that this call has started.</summary>
    public IEnumerable<WorkEvent> Start(WorkEvent next)
    {
        if (_open is null || (_waiting.Count == 0 && IsWhole(_arguments.ToString())))
        {
            _open = next.ToolCallStarted.Id;
            _arguments.Clear();
            return [next];
        }

        _waiting.Add(next);
        return [];
    }

    /// <summary>The events to write now, now that these arguments have come.</summary>
    public IEnumerable<WorkEvent> Append(WorkEvent next)
    {
        var id = next.ToolCallArguments.Id;
        if (id == _open)
        {
            _arguments.Append(next.ToolCallArguments.Json);
            return [next];
        }

        // A call that is neither open nor waiting was whole when its successor started: only white space can follow.
        if (_waiting.Exists(earlier => IdOf(earlier) == id))
        {
            _waiting.Add(next);
        }

        return [];
    }

    /// <summary>All that waited, call by call: no more arguments are to come.</summary>
    public IEnumerable<WorkEvent> Flush()
    {
        var inOrder = _waiting.GroupBy(IdOf).SelectMany(call => call).ToList();
        _waiting.Clear();
        _open = null;
        return inOrder;
    }

    private static string IdOf(WorkEvent next) =>
        next.KindCase == WorkEvent.KindOneofCase.ToolCallStarted ? next.ToolCallStarted.Id : next.ToolCallArguments.Id;

    private static bool IsWhole(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), isFinalBlock: false, default);
        try
        {
            return reader.Read() && reader.TrySkip();
        }
        catch (JsonException)
        {
            // Broken by the model: no further delta can mend it.
            return true;
        }
    }
}
