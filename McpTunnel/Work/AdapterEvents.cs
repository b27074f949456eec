using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>One item's events as its adapter gives them. Whatever goes wrong comes out as a Failed event, never as an exception.</summary>
/// <param name="isShutdown">Tells, once <paramref name="cancelled"/> has fired, whether the tunnel is going or the caller has gone.</param>
internal sealed class AdapterEvents(
    ICliAdapter adapter, WorkItem item, Func<bool> isShutdown, ILogger logger, CancellationToken cancelled) : IAsyncDisposable
{
    private IAsyncEnumerator<WorkEvent>? _events;

    public async ValueTask<WorkEvent> NextAsync()
    {
        try
        {
            _events ??= adapter.RunAsync(item, cancelled).GetAsyncEnumerator(cancelled);
            if (await _events.MoveNextAsync())
            {
                return _events.Current;
            }

            WorkLog.EndedWithoutFinal(logger, item.WorkId, item.Provider);
            return WorkEvents.Failed(FailureKind.CliCrashed, "The CLI's answer broke off before its end. Try again.");
        }
        catch (CliFailureException e) when (!cancelled.IsCancellationRequested)
        {
            var failed = WorkEvents.Failed(e.Kind, e.Message, e.VendorStatus);
            failed.Failed.RetryAfterSeconds = (uint)Math.Max(0, e.RetryAfterSeconds);
            return failed;
        }
        catch (Exception) when (cancelled.IsCancellationRequested)
        {
            // What an adapter throws while its turn is being ended is the ending, not a fault.
            return WorkFailures.Cancelled(isShutdown());
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
}
