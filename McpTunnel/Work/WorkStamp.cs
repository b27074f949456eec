using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// Puts work id and sequence on one item's events, and lets through none that could not be written, that is too large for a message or that
/// the grammar forbids, nor the end of a tool call whose arguments are no JSON object.
/// </summary>
internal sealed class WorkStamp(string workId, ILogger logger)
{
    private readonly WorkEventGrammar _grammar = new();

    public bool IsOver => _grammar.IsOver;

    /// <summary>The event, ready to send; a Failed in its place when it must not come now.</summary>
    public WorkEvent Put(WorkEvent next)
    {
        next.Mend();
        next = Fitting(next);
        if (Check(next) is not { } wrong)
        {
            return next;
        }

        var failed = wrong == WorkEventGrammar.BadArguments ? WorkFailures.BadArguments(_grammar.OpenTool!) : Illegal(wrong);
        return Check(failed) is { } still
            ? throw new InvalidOperationException($"An item that is over was given another event: {still}.")
            : failed;
    }

    private string? Check(WorkEvent next)
    {
        next.WorkId = workId;
        next.Sequence = _grammar.Sequence + 1;
        return _grammar.Check(next);
    }

    // Deltas have been split already; what a CLI hands through whole can be of any size.
    private static WorkEvent Fitting(WorkEvent next) => next.KindCase switch
    {
        WorkEvent.KindOneofCase.Thinking or WorkEvent.KindOneofCase.ToolCallFinished
            when next.CalculateSize() > TunnelProtocol.MaxEventBytes => WorkFailures.TooLarge(),
        WorkEvent.KindOneofCase.ToolCallStarted when next.HasLongName() => WorkFailures.LongName(),
        _ => next,
    };

    private WorkEvent Illegal(string wrong)
    {
        WorkLog.IllegalEvent(logger, workId, wrong);
        return WorkFailures.Internal();
    }
}
