namespace Polydev.McpTunnel.Work;

/// <summary>The places for items that run at once.</summary>
internal sealed class WorkSlots(WorkOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.MaxConcurrent, options.MaxConcurrent);

    /// <summary>False when no place became free within <see cref="WorkOptions.SlotWait"/>; else the caller owes a <see cref="Leave"/>.</summary>
    public async Task<bool> TryEnterAsync(CancellationToken cancellationToken)
    {
        using var expired = new CancellationTokenSource(options.SlotWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        try
        {
            await _free.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Leave() => _free.Release();

    public void Dispose() => _free.Dispose();
}
