using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>Puts work id and sequence on one item's events, and lets through none that the grammar forbids.</summary>
internal sealed class WorkStamp(string workId, ILogger logger)
{
    private readonly WorkEventGrammar _grammar = new();
    private ulong _sequence;

    public bool IsOver => _grammar.IsOver;

    /// <summary>The event, ready to send; a Failed in its place when it must not come now.</summary>
    public WorkEvent Put(WorkEvent next)
    {
        next.WorkId = workId;
        next.Sequence = _sequence + 1;
        if (_grammar.Check(next) is { } wrong)
        {
            WorkLog.IllegalEvent(logger, workId, wrong);
            next = WorkFailures.Internal();
            next.WorkId = workId;
            next.Sequence = _sequence + 1;
            if (_grammar.Check(next) is { } still)
            {
                throw new InvalidOperationException($"An item that is over was given another event: {still}.");
            }
        }

        _sequence = next.Sequence;
        return next;
    }
}
