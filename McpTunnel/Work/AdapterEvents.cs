using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// One item's events as its adapter gives them, cut to a message's size. Whatever goes wrong comes out as a Failed event, never as
/// an exception.
/// </summary>
internal sealed class AdapterEvents(ICliAdapter adapter, WorkItem item, WorkCancellation cancellation, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationToken _cancelled = cancellation.Token;
    private IAsyncEnumerator<WorkEvent>? _events;

    // What is left of a delta that was too long for one event.
    private Queue<WorkEvent>? _pieces;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<WorkEvent> NextAsync()
    {
        if (_pieces is not null && _pieces.TryDequeue(out var piece))
        {
            return piece;
        }

        try
        {
            _events ??= LengthLimit.Run(adapter, item, _cancelled).GetAsyncEnumerator(_cancelled);
            if (await _events.MoveNextAsync())
            {
                return FirstPiece(_events.Current);
            }

            WorkLog.EndedWithoutFinal(logger, item.WorkId, item.Provider);
            return WorkEvents.Failed(FailureKind.CliCrashed, "The CLI's answer broke off before its end. Try again.");
        }
        catch (CliFailureException e) when (!_cancelled.IsCancellationRequested)
        {
            var failed = WorkEvents.Failed(e.Kind, e.Message, e.VendorStatus);
            failed.Failed.RetryAfterSeconds = (uint)Math.Max(0, e.RetryAfterSeconds);
            return failed;
        }
        catch (Exception) when (_cancelled.IsCancellationRequested)
        {
            // What an adapter throws while its turn is being ended is the ending, not a fault.
            return cancellation.Failure();
        }
        catch (Exception e)
        {
            WorkLog.AdapterFaulted(logger, e, item.WorkId, item.Provider);
            return WorkFailures.Internal();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await (_events?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception e)
        {
            // The final event has been told already; a session that ends badly is the adapter's to clean up.
            WorkLog.AdapterEndedBadly(logger, e, item.WorkId, item.Provider);
        }
    }

    private WorkEvent FirstPiece(WorkEvent whole)
    {
        if (DeltaSplitter.Fits(whole))
        {
            return whole;
        }

        _pieces = new Queue<WorkEvent>(DeltaSplitter.Split(whole));
        return _pieces.Dequeue();
    }
}
