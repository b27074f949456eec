using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>One item of a connection, from its arrival to its final event.</summary>
internal sealed class InFlightItem(WorkItem item) : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly Lock _lock = new();
    private Task? _cancelling;
    private bool _isOver;

    public WorkItem Item { get; } = item;

    public WorkCredit Credit { get; } = new(item.InitialCredit);

    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Ends when the item is out of the table.</summary>
    public Task Pump { get; set; } = Task.CompletedTask;

    /// <summary>Does not wait for what the adapter does about it.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            _cancelling ??= _isOver ? Task.CompletedTask : _cancelled.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        await (_cancelling ?? Task.CompletedTask);
        _cancelled.Dispose();
    }
}
