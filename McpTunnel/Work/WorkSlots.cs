namespace Polydev.McpTunnel.Work;

/// <summary>The places for items that run at once.</summary>
internal sealed class WorkSlots(WorkOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.MaxConcurrent, options.MaxConcurrent);

    /// <summary>False when no place became free within <see cref="WorkOptions.SlotWait"/>, or before the item was cancelled.</summary>
    public ValueTask<bool> TryEnterAsync(CancellationToken cancelled) =>
        // Who waits comes first: the semaphore hands a place that becomes free to its waiters, past this.
        _free.Wait(0, CancellationToken.None) ? new ValueTask<bool>(true) : WaitAsync(cancelled);

    /// <summary>The place of an item that has entered. Disposing it gives the place back.</summary>
    public Place Entered() => new(_free);

    public void Dispose() => _free.Dispose();

    private async ValueTask<bool> WaitAsync(CancellationToken cancelled)
    {
        using var expired = new CancellationTokenSource(options.SlotWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancelled);
        try
        {
            await _free.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public readonly struct Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}

/// <summary>How much one tunnel does at a time.</summary>
internal sealed record WorkOptions
{
    /// <summary>Items that run at once, over all CLIs. <c>POLYDEV_MAX_CONCURRENT</c>.</summary>
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>An item that has found no free slot after this time fails as busy.</summary>
    public TimeSpan SlotWait { get; init; } = TimeSpan.FromSeconds(60);
}
