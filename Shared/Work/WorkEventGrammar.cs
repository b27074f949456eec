using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>
/// The legal order of one item's events: Started, then deltas and usage, then exactly one Finished or Failed; Failed may come
/// first. Sequence numbers rise by one from 1. Both ends check it. Not thread-safe: one instance for each item.
/// </summary>
public sealed class WorkEventGrammar
{
    private readonly HashSet<string> _toolCalls = new(StringComparer.Ordinal);
    private ulong _sequence;
    private bool _started;

    /// <summary>True once the final event has passed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Null when the event may come now, else what is wrong with it. An illegal event changes nothing.</summary>
    public string? Check(WorkEvent next)
    {
        var wrong = Find(next);
        if (wrong is not null)
        {
            return wrong;
        }

        _sequence = next.Sequence;
        _started = true;
        IsOver = next.IsFinal();
        if (next.KindCase == WorkEvent.KindOneofCase.ToolCallStarted)
        {
            _toolCalls.Add(next.ToolCallStarted.Id);
        }

        return null;
    }

    private string? Find(WorkEvent next) => next.KindCase switch
    {
        _ when IsOver => $"{next.KindCase} after the final event",
        _ when next.Sequence != _sequence + 1 => $"sequence {next.Sequence} after {_sequence}",
        WorkEvent.KindOneofCase.None => "an event of no kind",
        WorkEvent.KindOneofCase.Started => _started ? "Started twice" : null,
        WorkEvent.KindOneofCase.Failed => null,
        _ when !_started => $"{next.KindCase} before Started",
        WorkEvent.KindOneofCase.ToolCallArguments when !_toolCalls.Contains(next.ToolCallArguments.Id) => "arguments of an unknown tool call",
        WorkEvent.KindOneofCase.ToolCallStarted when _toolCalls.Contains(next.ToolCallStarted.Id) => "a tool call started twice",
        _ => null,
    };
}
