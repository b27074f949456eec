using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Work;

/// <summary>
/// How far one item may send: every event costs one, and its bytes. Without credit the adapter is not asked for its next event.
/// Many may grant; one takes.
/// </summary>
/// <param name="window">Events that may lie beyond what the caller has taken.</param>
/// <param name="byteWindow">
/// With so many bytes beyond what the caller has taken there is no credit. So one event may always go, whatever its size.
/// </param>
internal sealed class WorkCredit(uint window, ulong byteWindow = ulong.MaxValue)
{
    private readonly Lock _lock = new();
    private ulong _sentBytes;
    private ulong _takenBytes;
    private ulong _taken;
    private ulong _limit = window;
    private TaskCompletionSource? _waiter;

    /// <summary>For work that nobody meters, such as this process's own.</summary>
    public static WorkCredit Unlimited() => new(0) { _limit = ulong.MaxValue };

    /// <summary>So many more: what a broker without the feature "through" says.</summary>
    public void Grant(uint events)
    {
        lock (_lock)
        {
            Raise(Sum(_limit, events));
        }
    }

    /// <summary>The caller has taken every event up to this one. A smaller number than before changes nothing.</summary>
    /// <param name="bytes">What these events came to, by the broker's count.</param>
    public void TakenThrough(ulong sequence, ulong bytes = 0)
    {
        lock (_lock)
        {
            var isMore = bytes > _takenBytes;
            _takenBytes = isMore ? Math.Min(bytes, _sentBytes) : _takenBytes;
            Raise(Sum(sequence, window), isMore);
        }
    }

    /// <summary>The event that a credit was taken for goes out.</summary>
    public void Spend(WorkEvent sent)
    {
        if (byteWindow < ulong.MaxValue)
        {
            lock (_lock)
            {
                _sentBytes += (ulong)sent.CalculateSize();
            }
        }
    }

    /// <summary>Takes one credit, and waits until there is one. False once the item is cancelled: nobody will grant then.</summary>
    public ValueTask<bool> TakeAsync(CancellationToken cancelled)
    {
        if (cancelled.IsCancellationRequested)
        {
            return new ValueTask<bool>(false);
        }

        lock (_lock)
        {
            if (TryTake())
            {
                return new ValueTask<bool>(true);
            }
        }

        return WaitAsync(cancelled);
    }

    private async ValueTask<bool> WaitAsync(CancellationToken cancelled)
    {
        while (true)
        {
            Task granted;
            lock (_lock)
            {
                if (TryTake())
                {
                    return true;
                }

                _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                granted = _waiter.Task;
            }

            try
            {
                await granted.WaitAsync(cancelled);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
    }

    // Under the lock.
    private bool TryTake()
    {
        if (_taken >= _limit || _sentBytes - _takenBytes >= byteWindow)
        {
            return false;
        }

        _taken++;
        return true;
    }

    // Under the lock. The waiter goes on in a thread of the pool: a read loop grants.
    private void Raise(ulong limit, bool isMoreBytes = false)
    {
        if (limit > _limit || isMoreBytes)
        {
            _limit = Math.Max(_limit, limit);
            _waiter?.TrySetResult();
            _waiter = null;
        }
    }

    // A peer that grants without end is no reason to overflow into nothing.
    private static ulong Sum(ulong left, uint right) => left > ulong.MaxValue - right ? ulong.MaxValue : left + right;
}
