using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tunnels;

/// <summary>One live connection of a tunnel: its outgoing frames, the work it has in hand, and what its CLIs offer.</summary>
internal sealed class TunnelSession(string accountId, Hello hello, TimeSpan eventTimeout, TimeProvider time)
{
    private readonly Channel<BrokerFrame> _outgoing = Channel.CreateBounded<BrokerFrame>(
        new BoundedChannelOptions(64) { SingleReader = true, SingleWriter = false });

    private readonly ConcurrentDictionary<string, InFlightWork> _inFlight = new(StringComparer.Ordinal);
    private long _lastHeard = time.GetTimestamp();

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string AccountId { get; } = accountId;

    /// <summary>The same over the reconnections of one tunnel process.</summary>
    public string TunnelId { get; } = hello.TunnelId.Length > 0 ? hello.TunnelId : Guid.NewGuid().ToString("N");

    public string MachineName { get; } = hello.MachineName;

    public string Version { get; } = hello.Version;

    public DateTimeOffset ConnectedSince { get; } = time.GetUtcNow();

    /// <summary>Swapped whole when the tunnel sends a new catalog.</summary>
    public Catalog Catalog { get; private set; } = hello.Catalog ?? new Catalog();

    public int InFlight => _inFlight.Count;

    public bool IsDraining { get; private set; }

    /// <summary>The frames for the one writer of this connection's stream; complete once the session is closed.</summary>
    public ChannelReader<BrokerFrame> Outgoing => _outgoing.Reader;

    /// <summary>How long the peer has been silent.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _lastHeard));

    /// <summary>Gives the item to the tunnel; see <see cref="Exchange.IWorkExchange.RunAsync"/> for what comes back.</summary>
    public async IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var work = new InFlightWork(item.WorkId, eventTimeout, time);
        _inFlight[item.WorkId] = work;
        var over = false;
        try
        {
            await SendAsync(item, work, cancellationToken);
            var unacknowledged = 0u;
            await foreach (var next in work.ReadAllAsync(cancellationToken))
            {
                over = next.IsFinal() && next.Sequence > 0;
                yield return next;
                if (++unacknowledged >= TunnelProtocol.CreditWindow / 2 && !over)
                {
                    await TrySendAsync(new BrokerFrame { Credit = new Credit { WorkId = item.WorkId, Events = unacknowledged } }, work, cancellationToken);
                    unacknowledged = 0;
                }
            }
        }
        finally
        {
            _inFlight.TryRemove(item.WorkId, out _);
            if (!over)
            {
                await TrySendAsync(new BrokerFrame { Cancel = new Cancel { WorkId = item.WorkId } }, work, CancellationToken.None);
            }
        }
    }

    /// <summary>Takes a frame of the tunnel. Called by one read loop; never waits.</summary>
    public void Receive(ClientFrame frame)
    {
        Hear();
        switch (frame.KindCase)
        {
            // An event of an item that is no longer in hand came too late: it was cancelled.
            case ClientFrame.KindOneofCase.Event when _inFlight.TryGetValue(frame.Event.WorkId, out var work):
                if (!work.Accept(frame.Event))
                {
                    _outgoing.Writer.TryWrite(new BrokerFrame { Cancel = new Cancel { WorkId = work.WorkId } });
                }

                break;
            case ClientFrame.KindOneofCase.Catalog:
                Catalog = frame.Catalog;
                break;
            case ClientFrame.KindOneofCase.Goodbye:
                Close();
                break;
        }
    }

    /// <summary>The peer has given a sign of life.</summary>
    public void Hear() => Interlocked.Exchange(ref _lastHeard, time.GetTimestamp());

    public void Ping(ulong nonce) => _outgoing.Writer.TryWrite(new BrokerFrame { Ping = new Ping { Nonce = nonce } });

    /// <summary>No new work from now on; what runs may end.</summary>
    public void Drain(TimeSpan reconnectAfter)
    {
        IsDraining = true;
        _outgoing.Writer.TryWrite(new BrokerFrame { Drain = new Drain { ReconnectAfterMs = (uint)reconnectAfter.TotalMilliseconds } });
    }

    /// <summary>Ends the connection; everything in hand fails at once.</summary>
    public void Close()
    {
        _outgoing.Writer.TryComplete();
        foreach (var work in _inFlight.Values)
        {
            FailLost(work);
        }
    }

    private static void FailLost(InFlightWork work) =>
        work.Fail(FailureKind.TunnelLost, "The tunnel to the CLI's machine was lost before the answer was complete. It reconnects by itself; try again.");

    private async Task SendAsync(WorkItem item, InFlightWork work, CancellationToken cancellationToken)
    {
        item.InitialCredit = TunnelProtocol.CreditWindow;
        foreach (var frame in WorkItemChunks.Frames(item))
        {
            await TrySendAsync(frame, work, cancellationToken);
        }
    }

    // Waits for room among the outgoing frames; a connection that ends meanwhile fails the work.
    private async Task TrySendAsync(BrokerFrame frame, InFlightWork work, CancellationToken cancellationToken)
    {
        try
        {
            await _outgoing.Writer.WriteAsync(frame, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            FailLost(work);
        }
    }
}
