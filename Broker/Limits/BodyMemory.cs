using System.Numerics;
using Polydev.Broker.Errors;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Limits;

/// <summary>
/// Pooled memory for the bodies that are being read, bounded over all callers. Who finds none waits up to 5 s; smaller ones that still fit
/// do not wait behind it.
/// </summary>
internal sealed class BodyMemory(LimitOptions limits, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int SmallestBlock = 16;

    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private long _free = limits.BodyBytes;

    /// <summary>Bytes that are out now.</summary>
    public long InUse
    {
        get
        {
            lock (_lock)
            {
                return limits.BodyBytes - _free;
            }
        }
    }

    private ApiException Full => new(new ApiError(
        ApiErrorKind.Overloaded,
        $"The broker is reading as many request bodies as it has memory for ({limits.BodyBytes / (1024 * 1024)} MB). Try again in a while.")
    {
        RetryAfter = Patience,
    });

    /// <summary>At least that many bytes; the whole of the block counts. Whoever gets it gives it back by <see cref="Return"/>.</summary>
    /// <exception cref="ApiException">Overloaded: nothing became free in time.</exception>
    public ValueTask<byte[]> RentAsync(int atLeast, CancellationToken cancellationToken)
    {
        // As large as the pool makes it.
        var bytes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(atLeast, SmallestBlock));
        Waiter waiter;
        lock (_lock)
        {
            if (bytes <= _free)
            {
                _free -= bytes;
                return ValueTask.FromResult(PromptMemory.Rent(bytes));
            }

            _waiting.Add(waiter = new Waiter(bytes));
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <param name="used">How much of it holds a caller's text.</param>
    public void Return(byte[] block, int used)
    {
        PromptMemory.Return(block, used);
        Release(block.Length);
    }

    private async ValueTask<byte[]> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Granted.Task.WaitAsync(Patience, time, cancellationToken);
            return PromptMemory.Rent(waiter.Bytes);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Leave(waiter);
            throw e is TimeoutException ? Full : e;
        }
    }

    private void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter))
            {
                return;
            }
        }

        // It was granted at the very moment at which the wait ended.
        Release(waiter.Bytes);
    }

    private void Release(int bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            for (var i = 0; i < _waiting.Count; i++)
            {
                if (_waiting[i].Bytes <= _free)
                {
                    _free -= _waiting[i].Bytes;
                    _waiting[i].Granted.SetResult();
                    _waiting.RemoveAt(i--);
                }
            }
        }
    }

    private sealed record Waiter(int Bytes)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
