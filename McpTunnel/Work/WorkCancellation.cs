using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// The early end of one item, and why: its caller has gone, its time is over, or the tunnel is going. Whoever made it disposes it.
/// </summary>
/// <param name="shutdown">The tunnel is going: the item fails as lost, not as cancelled.</param>
/// <param name="caller">A caller that ends it by a token of its own, beside <see cref="Cancel"/>.</param>
internal sealed class WorkCancellation(CancellationToken shutdown, CancellationToken caller = default) : IAsyncDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(shutdown, caller);
    private readonly Lock _lock = new();
    private Task? _cancelling;
    private string? _late;
    private bool _isDisposed;

    public CancellationToken Token => _source.Token;

    /// <summary>The item's final event once <see cref="Token"/> has fired.</summary>
    public WorkEvent Failure()
    {
        // The token fires a moment before the field is set: the lock makes one of the two.
        lock (_lock)
        {
            return _late is { } why
                ? WorkFailures.TimedOut(why)
                : WorkFailures.Cancelled(isShutdown: _cancelling is null && !caller.IsCancellationRequested);
        }
    }

    /// <summary>Does not wait for what the adapter does about it.</summary>
    public void Cancel() => End(null);

    /// <summary>The item's time is over.</summary>
    /// <param name="why">For its caller.</param>
    public void TimeOut(string why) => End(why);

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        try
        {
            await (_cancelling ?? Task.CompletedTask);
        }
        finally
        {
            // Also where a callback has thrown.
            _source.Dispose();
        }
    }

    // What came first is the reason.
    private void End(string? late)
    {
        lock (_lock)
        {
            _late ??= _cancelling is null && !_source.IsCancellationRequested ? late : null;
            _cancelling ??= _isDisposed ? Task.CompletedTask : _source.CancelAsync();
        }
    }
}
