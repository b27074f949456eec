using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>One item that has a slot. Disposed when it gives the slot back.</summary>
internal sealed class RunningCall(RunningCalls calls, WorkItem item, DateTimeOffset since) : IDisposable
{
    public string WorkId { get; } = item.WorkId;

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
