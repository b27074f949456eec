namespace Polydev.TestKit;

/// <summary>Two sides meet: the code under test waits at the point, the test sees it arrive and lets it go on.</summary>
public sealed class SyncPoint
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For the test: completes when the code under test stands at the point.</summary>
    public Task WaitForArrivalAsync() => _reached.Task.DefaultTimeout();

    /// <summary>For the test: lets the code go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>For the code under test (in a fake): arrives, and waits until the test lets it go on.</summary>
    public Task ArriveAsync(CancellationToken cancellationToken = default)
    {
        _reached.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
