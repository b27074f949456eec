using System.Collections.Concurrent;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>What runs now, and how many there have been since the start; for the status and the live view.</summary>
internal sealed class RunningCalls(TimeProvider time)
{
    private readonly ConcurrentDictionary<RunningCall, bool> _running = new();
    private long _answered;
    private long _failed;

    /// <summary>Raised when a call has given its slot back. Handlers must be quick and must not throw.</summary>
    public event Action<RunningCall>? Ended;

    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Those that failed, were cancelled or were left.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<RunningCall> Now => [.. _running.Keys.OrderBy(call => call.Since)];

    public RunningCall Begin(WorkItem item)
    {
        var call = new RunningCall(this, item, time.GetUtcNow());
        _running[call] = true;
        return call;
    }

    public void End(RunningCall call)
    {
        if (_running.TryRemove(call, out _))
        {
            call.EndAt(time.GetUtcNow());
            Interlocked.Increment(ref call.IsAnswered ? ref _answered : ref _failed);
            Ended?.Invoke(call);
        }
    }
}

/// <summary>One item that has a slot. Disposed when it gives the slot back.</summary>
internal sealed class RunningCall(RunningCalls calls, WorkItem item, DateTimeOffset since) : IDisposable
{
    public string Provider { get; } = item.Provider;

    public string Model { get; } = item.Model;

    public DateTimeOffset Since { get; } = since;

    /// <summary>When it gave its slot back.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>Null while it runs, and for good when its caller left before the end.</summary>
    public WorkEvent? Final { get; private set; }

    public bool IsAnswered => Final?.Finished is not null;

    /// <summary>For a person: how it ended.</summary>
    public string Outcome => Final switch
    {
        { Finished: not null } => "answered",
        { Failed: { } failed } => $"failed: {failed.Kind}",
        _ => "left by its caller",
    };

    public void Saw(WorkEvent sent) => Final = sent.IsFinal() ? sent : Final;

    public void EndAt(DateTimeOffset when) => Until = when;

    public void Dispose() => calls.End(this);
}
