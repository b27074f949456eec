using System.Diagnostics.CodeAnalysis;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Exchange;

/// <summary>
/// Work that was handed over before it was counted: its reader is told nothing of it until it is. That is asked for with its first event,
/// by when the calls that came with it have theirs, too: one transaction counts them all.
/// </summary>
internal sealed class CountedWork(IWorkStream work, Func<ValueTask> count) : IWorkStream
{
    private bool _hasAsked;

    /// <exception cref="ApiException">It was one too many, or its key has been revoked.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
        _hasAsked ? work.WaitToReadAsync(cancellationToken) : WaitForFirstAsync(cancellationToken);

    public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
    {
        next = null;
        return _hasAsked && work.TryRead(out next);
    }

    public async ValueTask DisposeAsync()
    {
        await work.DisposeAsync();
        if (!_hasAsked)
        {
            await CountUnheardAsync();
        }
    }

    private async ValueTask<bool> WaitForFirstAsync(CancellationToken cancellationToken)
    {
        var any = await work.WaitToReadAsync(cancellationToken);
        _hasAsked = true;
        await count();
        return any;
    }

    // Who leaves before he has heard anything has had his turn.
    private async ValueTask CountUnheardAsync()
    {
        try
        {
            await count();
        }
        catch (ApiException)
        {
            // There is nobody to be refused: the call has ended of something else.
        }
    }
}
