namespace Polydev.McpTunnel.Work;

/// <summary>
/// The events that one item may still send; every event costs one. Without credit the adapter is not asked for its next event.
/// Many may grant; one waits.
/// </summary>
internal sealed class WorkCredit(uint initial)
{
    private readonly Lock _lock = new();
    private ulong _left = initial;
    private TaskCompletionSource? _waiter;

    /// <summary>For work that nobody meters, such as this process's own.</summary>
    public static WorkCredit Unlimited() => new(0) { _left = ulong.MaxValue };

    public void Grant(uint events)
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            // A peer that grants without end is no reason to overflow into nothing.
            _left = _left > ulong.MaxValue - events ? ulong.MaxValue : _left + events;
            waiter = _left > 0 ? Interlocked.Exchange(ref _waiter, null) : null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>Takes one credit, when there is one.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task granted;
            lock (_lock)
            {
                if (_left > 0)
                {
                    _left--;
                    return;
                }

                _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                granted = _waiter.Task;
            }

            await granted.WaitAsync(cancellationToken);
        }
    }
}
