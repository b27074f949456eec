namespace Polydev.McpTunnel.Work;

/// <summary>The places for items that run at once.</summary>
internal sealed class WorkSlots(WorkOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.MaxConcurrent, options.MaxConcurrent);

    private int _waiting;

    public SlotUse Use => new(options.MaxConcurrent, options.MaxConcurrent - _free.CurrentCount, Volatile.Read(ref _waiting));

    /// <summary>
    /// Waits for a place up to <see cref="WorkOptions.SlotWait"/>, or until the item is cancelled; not at all where enough wait already.
    /// </summary>
    public ValueTask<SlotAnswer> TryEnterAsync(CancellationToken cancelled) =>
        // Who waits comes first: the semaphore hands a place that becomes free to its waiters, past this.
        _free.Wait(0, CancellationToken.None) ? new ValueTask<SlotAnswer>(SlotAnswer.Entered) : WaitAsync(cancelled);

    /// <summary>The place of an item that has entered. Disposing it gives the place back.</summary>
    public Place Entered() => new(_free);

    public void Dispose() => _free.Dispose();

    private async ValueTask<SlotAnswer> WaitAsync(CancellationToken cancelled)
    {
        using var expired = new CancellationTokenSource(options.SlotWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancelled);
        try
        {
            if (Interlocked.Increment(ref _waiting) > options.MaxWaiting)
            {
                return SlotAnswer.Crowded;
            }

            await _free.WaitAsync(either.Token);
            return SlotAnswer.Entered;
        }
        catch (OperationCanceledException)
        {
            return SlotAnswer.NotInTime;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public readonly struct Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}

/// <summary>How full it is at one moment.</summary>
/// <param name="InUse">Places that are taken.</param>
/// <param name="Waiting">Items that wait for one.</param>
internal readonly record struct SlotUse(int Places, int InUse, int Waiting);

internal enum SlotAnswer
{
    Entered,

    /// <summary>None became free, or the item was cancelled before.</summary>
    NotInTime,

    /// <summary>So many wait that one more would not get its turn.</summary>
    Crowded,
}

/// <summary>How much one tunnel does at a time.</summary>
internal sealed record WorkOptions
{
    /// <summary>Items that run at once, over all CLIs. <c>POLYDEV_MAX_CONCURRENT</c>.</summary>
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>Items that wait for a place; one more fails as busy at once.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>An item that has found no free slot after this time fails as busy.</summary>
    public TimeSpan SlotWait { get; init; } = TimeSpan.FromSeconds(60);
}
