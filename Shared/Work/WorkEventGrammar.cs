using Polydev.Protos.V1;
using Polydev.Shared.Json;

namespace Polydev.Shared.Work;

/// <summary>
/// The legal order of one item's events: Started, then deltas, tool calls and usage, then exactly one Finished or Failed; Failed may come
/// first. Tool calls never overlap, nothing of the answer comes inside one, their ids (512 characters) and names (256) are bounded, and
/// their arguments are a JSON object; but the answer may end inside one, by its limit or a refusal, and then that call was cut. Sequence
/// numbers rise by one from 1. Both ends check it. Not thread-safe: one instance for each item.
/// </summary>
public sealed class WorkEventGrammar
{
    /// <summary>
    /// What is wrong where a tool call ends whose arguments are no JSON object of at most 128 levels and 4 MiB: the model's own doing.
    /// </summary>
    public const string BadArguments = "a tool call whose arguments are not a JSON object";

    // Made with the first tool call: most items have none.
    private HashSet<string>? _toolCalls;
    private ToolCallArguments? _arguments;
    private ToolCallStarted? _openCall;
    private bool _started;

    /// <summary>The sequence number of the last legal event; 0 before the first.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>True once the final event has passed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The name of the tool whose call is open; null between calls.</summary>
    public string? OpenTool => _openCall?.Name;

    /// <summary>Null when the event may come now, else what is wrong with it. An illegal event changes nothing.</summary>
    public string? Check(WorkEvent next)
    {
        var wrong = Find(next);
        if (wrong is not null)
        {
            return wrong;
        }

        Sequence = next.Sequence;
        _started = true;
        IsOver = next.IsFinal();
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _openCall = next.ToolCallStarted;
                (_toolCalls ??= new HashSet<string>(StringComparer.Ordinal)).Add(_openCall.Id);
                (_arguments ??= new ToolCallArguments()).Begin();
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                _arguments!.Add(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                _openCall = null;
                break;
        }

        return null;
    }

    private string? Find(WorkEvent next) => next.KindCase switch
    {
        _ when IsOver => $"{next.KindCase} after the final event",
        _ when next.Sequence != Sequence + 1 => $"sequence {next.Sequence} after {Sequence}",
        WorkEvent.KindOneofCase.None => "an event of no kind",
        WorkEvent.KindOneofCase.Started => _started ? "Started twice" : null,
        WorkEvent.KindOneofCase.Failed => null,
        _ when !_started => $"{next.KindCase} before Started",
        WorkEvent.KindOneofCase.Usage => null,
        WorkEvent.KindOneofCase.ToolCallArguments => OfOpenCall(next.ToolCallArguments.Id, "arguments"),
        WorkEvent.KindOneofCase.ToolCallFinished => OfOpenCall(next.ToolCallFinished.Id, "the end") ?? OfArguments(),
        WorkEvent.KindOneofCase.Finished when next.Finished.Cuts() => null,
        _ when _openCall is not null => $"{next.KindCase} inside a tool call",
        WorkEvent.KindOneofCase.ToolCallStarted when next.ToolCallStarted.Id.Length == 0 => "a tool call without an id",
        WorkEvent.KindOneofCase.ToolCallStarted when next.HasLongName() => "a tool call with an id or a name that is too long",
        WorkEvent.KindOneofCase.ToolCallStarted when _toolCalls?.Contains(next.ToolCallStarted.Id) == true => "a tool call started twice",
        _ => null,
    };

    private string? OfOpenCall(string id, string what) => id == _openCall?.Id ? null : $"{what} of a tool call that is not open";

    private string? OfArguments() => _arguments!.AreGood() ? null : BadArguments;
}
