using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// The items of this process. A connection only carries them: each item has a carrier, the writer of the connection that its events
/// leave by. Fed by read loops, so nothing here waits; each item is run by a task of its own. What is asked of the store is done at once:
/// what comes behind it finds it done.
/// </summary>
internal sealed class InFlightWork(WorkRunner runner, ResponseStore store, ILogger<InFlightWork> logger)
{
    private readonly ConcurrentDictionary<string, InFlightItem> _items = new(StringComparer.Ordinal);

    /// <summary>What arrives in parts, over all connections.</summary>
    public PartialItems Partial { get; } = new();

    /// <param name="shutdown">The tunnel is going: the item fails as lost.</param>
    public void Start(WorkItem work, FrameWriter carrier, CancellationToken shutdown)
    {
        var item = new InFlightItem(work, carrier, shutdown);
        if (_items.TryAdd(work.WorkId, item))
        {
            item.Reply = work.Store is { } request ? new StoreReply(work.WorkId, store.Do(request), logger) : null;
            item.Pump = PumpAsync(item);
        }
        else
        {
            TunnelLog.DuplicateWork(logger, work.WorkId);
            _ = EndAsync(item);
        }
    }

    public void Cancel(string workId)
    {
        if (_items.TryGetValue(workId, out var item))
        {
            item.Cancellation.Cancel();
        }
    }

    /// <summary>The credit of an item, null once it is over.</summary>
    public WorkCredit? CreditOf(string workId) => _items.GetValueOrDefault(workId)?.Credit;

    public int CountOn(FrameWriter carrier) => On(carrier).Count();

    /// <summary>The carrier is gone: nobody would take what its items have yet to say.</summary>
    public void Lose(FrameWriter carrier)
    {
        foreach (var item in On(carrier))
        {
            item.Cancellation.Cancel();
        }
    }

    /// <summary>Waits until the carrier has no item left. Those that arrive meanwhile are waited for too.</summary>
    public async Task WhenNoneOnAsync(FrameWriter carrier)
    {
        while (On(carrier).Select(item => item.Pump).ToList() is { Count: > 0 } pumps)
        {
            await Task.WhenAll(pumps);
        }
    }

    private IEnumerable<InFlightItem> On(FrameWriter carrier) => _items.Values.Where(item => item.Carrier == carrier);

    private async Task PumpAsync(InFlightItem item)
    {
        // The read loop goes on at once, whatever the adapter does with this thread.
        await Task.Yield();
        try
        {
            await RunAsync(item);
        }
        catch (Exception e)
        {
            TunnelLog.PumpFailed(logger, e, item.Work.WorkId);
            item.FailIfNotOver();
        }
        finally
        {
            item.Carrier.Flush();
            _items.TryRemove(item.Work.WorkId, out _);
            await EndAsync(item);
        }
    }

    private async Task EndAsync(InFlightItem item)
    {
        try
        {
            await item.Cancellation.DisposeAsync();
        }
        catch (Exception e)
        {
            // What listened to the cancellation has thrown: the item is over all the same.
            TunnelLog.PumpFailed(logger, e, item.Work.WorkId);
        }
    }

    private async Task RunAsync(InFlightItem item)
    {
        await using var events = EventsOf(item).GetAsyncEnumerator();
        while (true)
        {
            var next = events.MoveNextAsync();
            if (!next.IsCompleted)
            {
                // What was there without waiting travels together; it does not wait for more.
                item.Carrier.Flush();
            }

            if (!await next)
            {
                return;
            }

            item.Send(events.Current);

            // After the final event nothing follows that there must be room for.
            if (!item.IsOver)
            {
                await WhenRoomAsync(item);
            }
        }
    }

    private IAsyncEnumerable<WorkEvent> EventsOf(InFlightItem item) => item.Reply is { } reply
        ? reply.RunAsync(item.Credit, item.Cancellation)
        : runner.RunAsync(item.Work, item.Credit, item.Cancellation);

    // A cancelled item does not wait for a broker that reads nothing: its last word is due.
    private static ValueTask WhenRoomAsync(InFlightItem item)
    {
        var room = item.Carrier.WhenRoomAsync();
        return room.IsCompletedSuccessfully ? room : new ValueTask(WaitAsync(room.AsTask(), item.Cancellation.Token));
    }

    private static async Task WaitAsync(Task room, CancellationToken cancelled)
    {
        try
        {
            await room.WaitAsync(cancelled);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            // The next event says so.
        }
    }
}

/// <summary>One item of this process, from its arrival to its final event.</summary>
internal sealed class InFlightItem(WorkItem work, FrameWriter carrier, CancellationToken shutdown)
{
    private ulong _sequence;

    public WorkItem Work { get; } = work;

    /// <summary>Where its events go.</summary>
    public FrameWriter Carrier { get; } = carrier;

    public WorkCredit Credit { get; } =
        new(work.InitialCredit, carrier.CountsBytes ? TunnelProtocol.ByteWindow : ulong.MaxValue);

    public WorkCancellation Cancellation { get; } = new(shutdown);

    /// <summary>Where it is no call: what the store has to say.</summary>
    public StoreReply? Reply { get; set; }

    /// <summary>True once its final event was sent.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Ends when the item is out of the table.</summary>
    public Task Pump { get; set; } = Task.CompletedTask;

    /// <summary>An event that the carrier no longer takes goes nowhere, and with it the item's reason to go on.</summary>
    public void Send(WorkEvent next)
    {
        _sequence = next.Sequence;
        IsOver = next.IsFinal();
        if (!Carrier.Add(next))
        {
            Cancellation.Cancel();
        }
    }

    /// <summary>A defect of ours has ended the item: the caller hears of it, once.</summary>
    public void FailIfNotOver()
    {
        if (!IsOver)
        {
            var failed = WorkFailures.Internal();
            failed.WorkId = Work.WorkId;
            failed.Sequence = _sequence + 1;
            Send(failed);
        }
    }
}
