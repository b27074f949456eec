using System.Buffers;
using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>
/// Puts chunked WorkItems together again, without copying the chunks. After a bad chunk the rest of its item is passed over.
/// Not thread-safe: belongs to one read loop, and is disposed after its end.
/// </summary>
public sealed class WorkItemAssembler(PartialItems room) : IDisposable
{
    // More than a broker has under way when it cancels.
    private const int MaxDropped = 256;

    private readonly Dictionary<string, Parts> _parts = new(StringComparer.Ordinal);

    // Cancelled or broken of late: their chunks may still be on the way.
    private readonly List<string> _dropped = [];

    /// <summary>The whole item once its last chunk is in, else null.</summary>
    /// <exception cref="InvalidDataException">A chunk out of order, or an item over 48 MiB. Thrown once for each item.</exception>
    /// <exception cref="NoRoomForPartsException">Too much arrives at once. Thrown once for each item.</exception>
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

        var parts = PartsOf(chunk.WorkId);
        if (chunk.Index != parts.Count || parts.Length + chunk.Data.Length > TunnelProtocol.MaxItemBytes)
        {
            Drop(chunk.WorkId);
            throw new InvalidDataException($"Chunk {chunk.Index} of {chunk.WorkId} is out of order or too much.");
        }

        if (!room.TryHold(chunk.Data.Length))
        {
            Drop(chunk.WorkId);
            throw new NoRoomForPartsException(chunk.WorkId);
        }

        parts.Add(chunk.Data.Memory);
        if (!chunk.Last)
        {
            return null;
        }

        try
        {
            return WorkItem.Parser.ParseFrom(parts.Whole);
        }
        finally
        {
            Forget(chunk.WorkId);
        }
    }

    /// <summary>Forgets an item that was cancelled before its last chunk; chunks that come after that are passed over.</summary>
    public void Drop(string workId)
    {
        Forget(workId);
        _dropped.Add(workId);
        if (_dropped.Count > MaxDropped)
        {
            _dropped.RemoveAt(0);
        }
    }

    /// <summary>Gives back the room of what has not come to its end.</summary>
    public void Dispose()
    {
        foreach (var workId in _parts.Keys)
        {
            Forget(workId);
        }
    }

    private Parts PartsOf(string workId)
    {
        if (!_parts.TryGetValue(workId, out var parts))
        {
            if (!room.TryBegin())
            {
                Drop(workId);
                throw new NoRoomForPartsException(workId);
            }

            _parts.Add(workId, parts = new Parts());
        }

        return parts;
    }

    private void Forget(string workId)
    {
        if (_parts.Remove(workId, out var parts))
        {
            room.End(parts.Length);
            LargeGarbage.Add(parts.Length);
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
