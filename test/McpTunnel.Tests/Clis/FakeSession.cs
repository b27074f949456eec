using System.Runtime.CompilerServices;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class FakeSession(string key, int number) : ICliSession
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Key { get; } = key;

    public int Number { get; } = number;

    public bool IsAlive { get; set; } = true;

    public bool CanServeAgain { get; init; }

    public Exception? EndsWith { get; set; }

    public CliFailureException? Incident { get; set; }

    /// <summary>Fails the preparation, dead.</summary>
    public Exception? DiesOf { get; init; }

    /// <summary>Completes when the pool has ended it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What it was killed for.</summary>
    public CliFailureException? Killed { get; private set; }

    /// <summary>Where it stops in its answer, after the first piece; null: nowhere.</summary>
    public TestKit.SyncPoint? Pause { get; init; }

    public void Kill(CliFailureException reason)
    {
        (Killed, Incident, IsAlive) = (reason, reason, false);
    }

    public Task PrepareAsync(WorkItem item, CancellationToken cancellationToken)
    {
        IsAlive = DiesOf is null;
        return DiesOf is null ? Task.CompletedTask : Task.FromException(DiesOf);
    }

    public async IAsyncEnumerable<WorkEvent> AskAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return WorkEvents.Text($"by {Number}");
        await (Pause?.ArriveAsync(cancellationToken) ?? Task.CompletedTask);
        if (Killed is not null)
        {
            throw new IOException();
        }

        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    public ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        return EndsWith is null ? ValueTask.CompletedTask : ValueTask.FromException(EndsWith);
    }

    public override string ToString() => $"{Key}{Number}";
}
