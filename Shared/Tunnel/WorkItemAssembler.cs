using System.Buffers;
using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>
/// Puts chunked WorkItems together again, without copying the chunks. After a bad chunk the rest of its item is passed over.
/// Not thread-safe: belongs to one read loop.
/// </summary>
public sealed class WorkItemAssembler
{
    // More than a broker has under way when it cancels.
    private const int MaxDropped = 64;

    // Null: the item is broken, and its remaining chunks mean nothing.
    private readonly Dictionary<string, Parts?> _parts = new(StringComparer.Ordinal);

    // Cancelled of late: their chunks may still be on the way.
    private readonly List<string> _dropped = [];

    /// <summary>The whole item once its last chunk is in, else null.</summary>
    /// <exception cref="InvalidDataException">A chunk out of order, or an item over 48 MiB. Thrown once for each item.</exception>
    /// <exception cref="InvalidProtocolBufferException">Whole, but not a WorkItem.</exception>
    public WorkItem? Add(WorkItemChunk chunk)
    {
        if (chunk.Index == 0)
        {
            // An item that begins is no rest of a cancelled one.
            _dropped.Remove(chunk.WorkId);
        }
        else if (_dropped.Contains(chunk.WorkId))
        {
            return null;
        }

        var isBroken = _parts.TryGetValue(chunk.WorkId, out var known) && known is null;
        var parts = known ?? new Parts();
        if (chunk.Last)
        {
            _parts.Remove(chunk.WorkId);
        }

        if (isBroken)
        {
            return null;
        }

        if (chunk.Index != parts.Count || parts.Length + chunk.Data.Length > TunnelProtocol.MaxItemBytes)
        {
            Remember(chunk, null);
            throw new InvalidDataException($"Chunk {chunk.Index} of {chunk.WorkId} is out of order or too much.");
        }

        parts.Add(chunk.Data.Memory);
        Remember(chunk, parts);
        return chunk.Last ? WorkItem.Parser.ParseFrom(parts.Whole) : null;
    }

    /// <summary>Forgets an item that was cancelled before its last chunk; chunks that come after that are passed over.</summary>
    public void Drop(string workId)
    {
        _parts.Remove(workId);
        _dropped.Add(workId);
        if (_dropped.Count > MaxDropped)
        {
            _dropped.RemoveAt(0);
        }
    }

    private void Remember(WorkItemChunk chunk, Parts? parts)
    {
        if (!chunk.Last)
        {
            _parts[chunk.WorkId] = parts;
        }
    }

    // The chunks in order, as one sequence.
    private sealed class Parts
    {
        private Segment? _first;
        private Segment? _last;

        public uint Count { get; private set; }

        public long Length { get; private set; }

        public ReadOnlySequence<byte> Whole =>
            _first is null || _last is null ? default : new ReadOnlySequence<byte>(_first, 0, _last, _last.Memory.Length);

        public void Add(ReadOnlyMemory<byte> part)
        {
            _last = new Segment(part, Length, _last);
            _first ??= _last;
            Count++;
            Length += part.Length;
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> part, long start, Segment? before)
        {
            Memory = part;
            RunningIndex = start;
            before?.Next = this;
        }
    }
}
