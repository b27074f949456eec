using Google.Protobuf;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Work.Stored;

/// <summary>
/// The responses that callers may come back to, each for the key that made it: in this process's memory, for an hour after they were last
/// asked for. Over 64 MiB or 4,096 of them, those go first that nobody has asked for the longest. What stands in them is the broker's.
/// </summary>
internal sealed class ResponseStore : IDisposable
{
    public const int MostBytes = 64 * 1024 * 1024;
    public const int MostResponses = 4096;

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    // What an entry costs besides its data: two keys, a node of the list, a place in the table.
    private const int EntryBytes = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Owner, string Id), LinkedListNode<Entry>> _entries = [];

    // The one that was asked for last stands first.
    private readonly LinkedList<Entry> _byUse = new();
    private readonly TimeProvider _time;
    private readonly ITimer _expiry;
    private long _bytes;

    public ResponseStore(TimeProvider time)
    {
        _time = time;
        _expiry = time.CreateTimer(
            static store => ((ResponseStore)store!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Does what is asked, at once: whatever is asked later finds it done.</summary>
    /// <returns>The lines of the reply, as the protocol has them; none where there is no such response.</returns>
    public IReadOnlyList<StoredLine> Do(StoreRequest request)
    {
        lock (_lock)
        {
            DropOld();
            var reply = request.KindCase switch
            {
                StoreRequest.KindOneofCase.Put => Put(request.Owner, request.Put),
                StoreRequest.KindOneofCase.Find => Find(request.Owner, request.Find),
                StoreRequest.KindOneofCase.Remove => Remove(request.Owner, request.Remove.Id),
                _ => [],
            };
            SetExpiry();
            return reply;
        }
    }

    public void Dispose() => _expiry.Dispose();

    private IReadOnlyList<StoredLine> Put(string owner, PutResponse put)
    {
        Remove(owner, put.Id);
        var entry = new Entry(owner, put.Id, put.PreviousId, put.Data, _time.GetTimestamp());
        if (put.Data.Length > TunnelProtocol.MaxStoredBytes)
        {
            return [];
        }

        _entries[(owner, put.Id)] = _byUse.AddFirst(entry);
        _bytes += entry.Bytes;
        while (_bytes > MostBytes || _entries.Count > MostResponses)
        {
            Drop(_byUse.Last!);
        }

        return [];
    }

    private List<StoredLine> Find(string owner, FindResponses find)
    {
        var found = new List<StoredLine>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in find.Ids)
        {
            // A response that two others go on from is told once.
            for (var next = id; seen.Add(next) && _entries.TryGetValue((owner, next), out var node); next = node.Value.PreviousId)
            {
                Use(node);
                found.Add(new StoredLine($"{node.Value.Id} {node.Value.PreviousId}", node.Value.Data));
                if (!find.WithPrevious)
                {
                    break;
                }
            }
        }

        return found;
    }

    private List<StoredLine> Remove(string owner, string id)
    {
        if (!_entries.TryGetValue((owner, id), out var node))
        {
            return [];
        }

        Drop(node);
        return [new StoredLine(id, ByteString.Empty)];
    }

    private void Use(LinkedListNode<Entry> node)
    {
        node.Value = node.Value with { UsedAt = _time.GetTimestamp() };
        _byUse.Remove(node);
        _byUse.AddFirst(node);
    }

    private void Drop(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove((node.Value.Owner, node.Value.Id));
        _bytes -= node.Value.Bytes;
    }

    private void Expire()
    {
        lock (_lock)
        {
            DropOld();
            SetExpiry();
        }
    }

    private void DropOld()
    {
        while (_byUse.Last is { } oldest && LeftOf(oldest.Value) <= TimeSpan.Zero)
        {
            Drop(oldest);
        }
    }

    // So that an idle process does not hold what nobody will find any more.
    private void SetExpiry() =>
        _expiry.Change(_byUse.Last is { } oldest ? LeftOf(oldest.Value) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private TimeSpan LeftOf(Entry entry) => Lifetime - _time.GetElapsedTime(entry.UsedAt);

    private sealed record Entry(string Owner, string Id, string PreviousId, ByteString Data, long UsedAt)
    {
        public int Bytes => Data.Length + EntryBytes;
    }
}

/// <summary>A response of the reply: its first line, and its data, which is empty where it has no second.</summary>
internal sealed record StoredLine(string Head, ByteString Data);
