using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>Puts chunked WorkItems together again. Not thread-safe: belongs to one read loop.</summary>
public sealed class WorkItemAssembler
{
    // A caller's body is at most 32 MB; its protobuf form is not larger.
    private const int MaxItemBytes = 48 * 1024 * 1024;

    private readonly Dictionary<string, List<ByteString>> _parts = new(StringComparer.Ordinal);

    /// <summary>The whole item once its last chunk is in, else null.</summary>
    /// <exception cref="InvalidDataException">A chunk out of order, or an item over 48 MiB.</exception>
    public WorkItem? Add(WorkItemChunk chunk)
    {
        if (!_parts.TryGetValue(chunk.WorkId, out var parts))
        {
            _parts[chunk.WorkId] = parts = [];
        }

        if (chunk.Index != parts.Count || parts.Sum(part => (long)part.Length) + chunk.Data.Length > MaxItemBytes)
        {
            _parts.Remove(chunk.WorkId);
            throw new InvalidDataException($"Chunk {chunk.Index} of {chunk.WorkId} is out of order or too much.");
        }

        parts.Add(chunk.Data);
        if (!chunk.Last)
        {
            return null;
        }

        _parts.Remove(chunk.WorkId);
        var whole = new MemoryStream();
        parts.ForEach(part => part.WriteTo(whole));
        whole.Position = 0;
        return WorkItem.Parser.ParseFrom(whole);
    }

    /// <summary>Forgets an item that was cancelled before its last chunk.</summary>
    public void Drop(string workId) => _parts.Remove(workId);
}
