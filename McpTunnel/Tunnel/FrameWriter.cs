using System.Threading.Channels;
using Grpc.Core;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// The one writer of a stream. Events of many items gather here without waking anyone, and what is ready when the writer gets to it
/// goes out in one frame, where the broker takes batches. Whatever ends the writer ends every wait for it.
/// </summary>
internal sealed class FrameWriter(IClientStreamWriter<ClientFrame> stream, bool takesBatches)
{
    public const int MaxBatchEvents = 64;

    /// <summary>A single event may be larger (<see cref="TunnelProtocol.MaxDeltaChars"/>): it goes alone.</summary>
    public const int MaxBatchBytes = 128 * 1024;

    /// <summary>Who has an event more than these to send waits, see <see cref="WhenRoomAsync"/>.</summary>
    public const int MaxWaiting = 4 * MaxBatchEvents;

    // Answers to pings. A broker that asks for more and reads none of them is not served by more.
    private const int MaxFrames = 64;

    private readonly Lock _lock = new();
    private readonly Queue<ClientFrame> _frames = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.DropWrite });

    // Two lists that change places: the pumps fill the one while the other is written.
    private List<WorkEvent> _events = [];
    private List<WorkEvent> _outgoing = [];
    private Catalog? _catalog;
    private ClientFrame? _goodbye;
    private TaskCompletionSource? _room;
    private bool _isClosed;

    /// <summary>Told the id of an item of which an event could not be written: it has failed on the wire, and is to end here.</summary>
    public Action<string> Unsendable { get; init; } = _ => { };

    /// <summary>The broker says how many bytes of an item its caller has taken.</summary>
    public bool CountsBytes { get; init; }

    /// <summary>Adds an event to what waits, and wakes the writer only for a full batch: the rest is the <see cref="Flush"/>'s.</summary>
    /// <returns>False when the connection is over: the event goes nowhere.</returns>
    public bool Add(WorkEvent next)
    {
        bool isFull;
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _events.Add(next);
            isFull = _events.Count % MaxBatchEvents == 0;
        }

        if (isFull)
        {
            Flush();
        }

        return true;
    }

    /// <summary>Nothing more comes for now: what waits is to go out.</summary>
    public void Flush() => _wake.Writer.TryWrite(true);

    /// <summary>Completes once fewer than <see cref="MaxWaiting"/> events wait, or the connection is over.</summary>
    public ValueTask WhenRoomAsync()
    {
        lock (_lock)
        {
            if (_isClosed || _events.Count < MaxWaiting)
            {
                return ValueTask.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task);
        }
    }

    /// <summary>For the read loop, which never waits. With too many waiting others are on their way, and prove as much.</summary>
    public void Answer(Pong pong)
    {
        lock (_lock)
        {
            if (_isClosed || _frames.Count >= MaxFrames)
            {
                return;
            }

            _frames.Enqueue(new ClientFrame { Pong = pong });
        }

        Flush();
    }

    /// <summary>Of several that wait, the last is told.</summary>
    public void Tell(Catalog catalog)
    {
        var fitted = CatalogBounds.Fit(catalog.Clone());
        lock (_lock)
        {
            _catalog = fitted;
        }

        Flush();
    }

    /// <summary>What waits still goes out, then the goodbye; then the stream is completed.</summary>
    public void Complete(Goodbye goodbye)
    {
        lock (_lock)
        {
            _goodbye = new ClientFrame { Goodbye = goodbye };
        }

        Close();
    }

    /// <summary>Takes nothing more, and lets go all who wait.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            LetIn();
        }

        _wake.Writer.TryComplete();
    }

    /// <summary>Runs until <see cref="Complete"/> or <see cref="Close"/>, and throws whatever the stream throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync())
            {
                _wake.Reader.TryRead(out _);
                await WriteReadyAsync();
            }

            await WriteReadyAsync();
            if (_goodbye is not null)
            {
                await stream.WriteAsync(_goodbye);
            }

            await stream.CompleteAsync();
        }
        finally
        {
            // Also after an exception that nobody has thought of: who waits for room would wait for ever.
            Close();
        }
    }

    private async Task WriteReadyAsync()
    {
        await WriteFramesAsync();
        while (TakeEvents())
        {
            for (var sent = 0; sent < _outgoing.Count;)
            {
                var count = CountTogether(sent);
                await stream.WriteAsync(FrameOf(sent, count));
                sent += count;
                // A pong does not wait for all the rest.
                await WriteFramesAsync();
            }

            _outgoing.Clear();
        }
    }

    private async ValueTask WriteFramesAsync()
    {
        while (TakeFrame() is { } frame)
        {
            await stream.WriteAsync(frame);
        }
    }

    private ClientFrame? TakeFrame()
    {
        lock (_lock)
        {
            if (_frames.TryDequeue(out var frame))
            {
                return frame;
            }

            var changed = _catalog is null ? null : new ClientFrame { Catalog = _catalog };
            _catalog = null;
            return changed;
        }
    }

    private bool TakeEvents()
    {
        lock (_lock)
        {
            (_events, _outgoing) = (_outgoing, _events);
            LetIn();
            return _outgoing.Count > 0;
        }
    }

    // How many of those from here on travel together: one at least.
    private int CountTogether(int from)
    {
        var most = takesBatches ? Math.Min(MaxBatchEvents, _outgoing.Count - from) : 1;
        var bytes = SizeOf(from);
        var count = 1;
        while (count < most && (bytes += SizeOf(from + count)) <= MaxBatchBytes)
        {
            count++;
        }

        return count;
    }

    // What WorkStamp lets through can be written. Should it not: in its place goes the failure of its item, and all others' go on.
    private int SizeOf(int index)
    {
        var next = _outgoing[index];
        try
        {
            if (next.CalculateSize() is var size and <= TunnelProtocol.MaxEventBytes)
            {
                return size;
            }
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair.
        }

        _outgoing[index] = WorkFailures.Internal();
        (_outgoing[index].WorkId, _outgoing[index].Sequence) = (next.WorkId, next.Sequence);
        Unsendable(next.WorkId);
        return _outgoing[index].CalculateSize();
    }

    private ClientFrame FrameOf(int from, int count)
    {
        if (count == 1)
        {
            return new ClientFrame { Event = _outgoing[from] };
        }

        var batch = new EventBatch();
        batch.Events.Capacity = count;
        for (var i = from; i < from + count; i++)
        {
            batch.Events.Add(_outgoing[i]);
        }

        return new ClientFrame { Events = batch };
    }

    // Under the lock.
    private void LetIn()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
