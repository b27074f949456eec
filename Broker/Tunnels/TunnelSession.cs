using System.Threading.Channels;
using Google.Protobuf.Collections;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// One live connection of a tunnel: the frames that go out on it, and what its CLIs offer. The work that it carries belongs to the account.
/// Nothing here waits: who sends is never held up by a tunnel that does not read.
/// </summary>
internal sealed class TunnelSession(TunnelAccount account, Hello hello, TimeProvider time)
{
    // An item is one entry, cut into frames only as it is written; so this is a bound on calls, not on bytes.
    private const int MostOutgoing = 4096;

    // More than that is no figure to be shown.
    private const int MostSlots = 100_000;

    private readonly Channel<Outgoing> _outgoing = Channel.CreateBounded<Outgoing>(
        new BoundedChannelOptions(MostOutgoing) { SingleReader = true, SingleWriter = false });

    private volatile IReadOnlyList<CliInfo> _clis = Named(Fitted(hello.Catalog));
    private long _lastHeard = time.GetTimestamp();
    private long _writingSince;
    private int _inFlight;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public TunnelAccount Account { get; } = account;

    /// <summary>The same over the reconnections of one tunnel process.</summary>
    public string TunnelId { get; } = hello.TunnelId.Length > 0 ? hello.TunnelId : Guid.NewGuid().ToString("N");

    public string MachineName { get; } = PlainText.Line(hello.MachineName, CatalogBounds.MaxNameChars);

    /// <summary>It keeps to the window of bytes.</summary>
    public bool CountsBytes { get; } = hello.Features.Contains(TunnelProtocol.BytesFeature);

    /// <summary>It goes by the rules of its machine, once it is told them.</summary>
    public bool TakesRules { get; } = hello.Features.Contains(TunnelProtocol.RulesFeature);

    /// <summary>It holds responses for callers who come back.</summary>
    private bool Stores { get; } = hello.Features.Contains(TunnelProtocol.StoreFeature);

    /// <summary>The id of the token that it was let in with.</summary>
    public required string TokenId { get; init; }

    private int? Slots { get; } = hello.Slots is > 0 and <= MostSlots ? (int)hello.Slots : null;

    public string Version { get; } = PlainText.Line(hello.Version, CatalogBounds.MaxNameChars);

    private DateTimeOffset ConnectedSince { get; } = time.GetUtcNow();

    /// <summary>Swapped whole when the tunnel sends a new catalog.</summary>
    public IReadOnlyList<CliInfo> Clis => _clis;

    public int InFlight => Volatile.Read(ref _inFlight);

    public bool IsDraining { get; private set; }

    /// <summary>The connection is over, or about to be: it takes nothing more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The tunnel has said goodbye because its process ends: it does not come back by itself.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>For the one writer of this connection's stream; complete once the session is closed.</summary>
    public ChannelReader<Outgoing> Sending => _outgoing.Reader;

    /// <summary>How long the peer has been silent.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _lastHeard));

    /// <summary>How long the frame that is being written has waited for the peer to read; zero when none is.</summary>
    public TimeSpan Stuck => Interlocked.Read(ref _writingSince) is not 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Puts the item among the frames that go out. False: the connection is over, or its tunnel has stopped reading.</summary>
    public bool Send(InFlightWork work, WorkItem item)
    {
        Interlocked.Increment(ref _inFlight);
        return _outgoing.Writer.TryWrite(new Outgoing(null, item, work));
    }

    /// <summary>The caller has taken the item's events through this sequence number.</summary>
    /// <param name="more">How many that is since the last time: for tunnels that do not know the sum.</param>
    /// <param name="bytes">What all of these came to.</param>
    public void Grant(string workId, ulong through, uint more, long bytes) => TrySend(
        new BrokerFrame { Credit = new Credit { WorkId = workId, Through = through, Events = more, Bytes = (ulong)bytes } });

    public void Cancel(string workId) => TrySend(new BrokerFrame { Cancel = new Cancel { WorkId = workId } });

    public void Ping(ulong nonce) => TrySend(new BrokerFrame { Ping = new Ping { Nonce = nonce } });

    /// <summary>All rules of its machine. Only to a tunnel that takes them.</summary>
    public void Tell(UsageRules rules) => TrySend(new BrokerFrame { Rules = rules });

    /// <summary>An item has left the account's hand.</summary>
    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Takes a frame of the tunnel. Called by one read loop; never waits.</summary>
    public void Receive(ClientFrame frame)
    {
        Hear();
        switch (frame.KindCase)
        {
            case ClientFrame.KindOneofCase.Event:
                if (InHand(frame.Event.WorkId) is { } one)
                {
                    one.Accept(frame.Event);
                    one.Signal();
                }

                break;
            case ClientFrame.KindOneofCase.Events:
                Receive(frame.Events);
                break;
            case ClientFrame.KindOneofCase.Catalog:
                _clis = Named(Fitted(frame.Catalog));
                Account.Note();
                break;
            case ClientFrame.KindOneofCase.Goodbye:
                HasStopped = !IsDraining;
                Close();
                break;
        }
    }

    // An id that is no name would be routed to by nobody.
    private static IReadOnlyList<CliInfo> Named(IReadOnlyList<CliInfo> clis)
    {
        foreach (var cli in clis.Where(cli => cli.Models.Any(model => !ModelId.IsName(model.Id))))
        {
            var named = cli.Models.Where(model => ModelId.IsName(model.Id)).ToList();
            cli.Models.Clear();
            cli.Models.Add(named);
        }

        return clis;
    }

    /// <summary>The peer has given a sign of life.</summary>
    public void Hear() => Interlocked.Exchange(ref _lastHeard, time.GetTimestamp());

    /// <summary>No new work from now on; what runs may end.</summary>
    public void Drain(TimeSpan reconnectAfter)
    {
        IsDraining = true;
        TrySend(new BrokerFrame { Drain = new Drain { ReconnectAfterMs = (uint)reconnectAfter.TotalMilliseconds } });
        Account.Note();
    }

    /// <summary>Ends the connection, and with it its stream.</summary>
    public void Close()
    {
        IsClosed = true;
        _outgoing.Writer.TryComplete();
    }

    public void BeginWrite() => Interlocked.Exchange(ref _writingSince, time.GetTimestamp());

    public void EndWrite() => Interlocked.Exchange(ref _writingSince, 0);

    public OnlineTunnel Describe() => new(Id, TunnelId, MachineName, Version, ConnectedSince, IsDraining, InFlight, _clis)
    {
        TokenId = TokenId,
        Slots = Slots,
        TakesRules = TakesRules,
        Stores = Stores,
    };

    private static RepeatedField<CliInfo> Fitted(Catalog? catalog) => catalog is null ? [] : CatalogBounds.Fit(catalog).Clis;

    // Events of one item stand together in a batch: its reader is woken once for all of them.
    private void Receive(EventBatch batch)
    {
        InFlightWork? current = null;
        foreach (var next in batch.Events)
        {
            if (current?.WorkId != next.WorkId)
            {
                current?.Signal();
                current = InHand(next.WorkId);
            }

            current?.Accept(next);
        }

        current?.Signal();
    }

    // Events of an item that is no longer in hand came too late: it was cancelled. Those of another connection's item are not this
    // tunnel's to send.
    private InFlightWork? InHand(string workId) => Account.Find(workId) is { } work && work.Carrier == this ? work : null;

    // A full queue means a peer that has stopped reading: its calls time out by themselves, and the connection is given up (see Stuck).
    private void TrySend(BrokerFrame frame) => _outgoing.Writer.TryWrite(new Outgoing(frame, null, null));

    /// <summary>What the writer sends next: a frame, or a whole item.</summary>
    public readonly record struct Outgoing(BrokerFrame? Frame, WorkItem? Item, InFlightWork? Work);
}
