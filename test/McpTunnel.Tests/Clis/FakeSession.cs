using Polydev.McpTunnel.Clis;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class FakeSession(string key, int number) : ICliSession
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Key { get; } = key;

    public int Number { get; } = number;

    public bool IsAlive { get; set; } = true;

    public bool CanServeAgain { get; init; }

    public Exception? EndsWith { get; set; }

    /// <summary>Completes when the pool has ended it.</summary>
    public Task Ended => _ended.Task;

    public ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        return EndsWith is null ? ValueTask.CompletedTask : ValueTask.FromException(EndsWith);
    }

    public override string ToString() => $"{Key}{Number}";
}
