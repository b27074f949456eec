using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>The items of one connection. Fed by its read loop alone; each item's events are carried to the writer by a task of its own.</summary>
/// <param name="shutdown">The tunnel is going: items fail as lost.</param>
internal sealed class InFlightWork(WorkRunner runner, FrameWriter writer, ILogger logger, CancellationToken shutdown)
{
    private readonly ConcurrentDictionary<string, InFlightItem> _items = new(StringComparer.Ordinal);
    private readonly WorkItemAssembler _assembler = new();
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);

    public int Count => _items.Count;

    public void Start(WorkItem item)
    {
        if (_items.ContainsKey(item.WorkId))
        {
            TunnelLog.DuplicateWork(logger, item.WorkId);
            return;
        }

        var entry = _items[item.WorkId] = new InFlightItem(item);
        entry.Pump = Task.Run(() => PumpAsync(entry), CancellationToken.None);
    }

    /// <summary>Bad chunks cost their own item alone.</summary>
    public void Add(WorkItemChunk chunk)
    {
        if (_broken.Contains(chunk.WorkId))
        {
            if (chunk.Last)
            {
                _broken.Remove(chunk.WorkId);
            }

            return;
        }

        try
        {
            if (_assembler.Add(chunk) is { } whole)
            {
                Start(whole);
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            TunnelLog.BrokenChunks(logger, e, chunk.WorkId);
            if (!chunk.Last)
            {
                _broken.Add(chunk.WorkId);
            }

            var failed = new WorkStamp(chunk.WorkId, logger).Put(WorkFailures.Unreadable());
            writer.TryWrite(new ClientFrame { Event = failed });
        }
    }

    public void Cancel(string workId)
    {
        _broken.Remove(workId);
        _assembler.Drop(workId);
        if (_items.TryGetValue(workId, out var entry))
        {
            entry.Cancel();
        }
    }

    public void Grant(Credit credit)
    {
        if (_items.TryGetValue(credit.WorkId, out var entry))
        {
            entry.Credit.Grant(credit.Events);
        }
    }

    public void CancelAll()
    {
        foreach (var entry in _items.Values)
        {
            entry.Cancel();
        }
    }

    /// <summary>Waits until no item is left. Those that arrive meanwhile are waited for too.</summary>
    public async Task WhenEmptyAsync()
    {
        while (!_items.IsEmpty)
        {
            await Task.WhenAll(_items.Values.Select(entry => entry.Pump));
        }
    }

    private async Task PumpAsync(InFlightItem entry)
    {
        try
        {
            await using var ending = entry;
            await foreach (var next in runner.RunAsync(entry.Item, entry.Credit, shutdown, entry.Cancelled))
            {
                await writer.WriteAsync(new ClientFrame { Event = next }, CancellationToken.None);
            }
        }
        catch (ChannelClosedException)
        {
            // The connection is over: leaving the enumeration has ended the CLI's turn.
        }
        catch (Exception e)
        {
            TunnelLog.PumpFailed(logger, e, entry.Item.WorkId);
        }
        finally
        {
            _items.TryRemove(entry.Item.WorkId, out _);
        }
    }
}
