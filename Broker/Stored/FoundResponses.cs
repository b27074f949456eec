using System.Text;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Stored;

/// <summary>Responses as tunnels have told them, in the memory that all callers share.</summary>
internal sealed class FoundResponses(BodyMemory memory, int most) : IDisposable
{
    private readonly Dictionary<string, Found> _byId = new(StringComparer.Ordinal);
    private int _read;

    public int Count => _byId.Count;

    /// <summary>Where the next reply goes; then <see cref="TakeReply"/>.</summary>
    public BodyBlock Block { get; } = new(memory, most);

    /// <summary>Null where it was not found.</summary>
    public ReadOnlyMemory<byte>? DataOf(string id) =>
        _byId.TryGetValue(id, out var found) ? Block.Bytes.Slice(found.Start, found.Length) : (ReadOnlyMemory<byte>?)null;

    /// <summary>This one and all that it goes on from, the oldest first; null where one of them was not found.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? ChainOf(string id)
    {
        if (MissingOf(id).Count > 0)
        {
            return null;
        }

        return [.. ChainIdsOf(id).Reverse().Select(link => DataOf(link)!.Value)];
    }

    /// <summary>The one of the chain that is not here; none where it is whole.</summary>
    public IReadOnlyList<string> MissingOf(string id) => [.. ChainIdsOf(id).Where(link => !_byId.ContainsKey(link))];

    public IReadOnlyList<string> MissingOf(IReadOnlyCollection<string> ids) => [.. ids.Where(id => !_byId.ContainsKey(id))];

    /// <summary>Reads what has come: of each response, a line with its id and the one before it, then one with its data.</summary>
    public void TakeReply()
    {
        var rest = Block.Bytes.Span[_read..];
        var start = _read;
        while (rest.IndexOf((byte)'\n') is > 0 and var head && rest[(head + 1)..].IndexOf((byte)'\n') is > 0 and var length)
        {
            // A tunnel that says something else has found nothing.
            if (Encoding.UTF8.GetString(rest[..head]).Split(' ') is [var id, var previous])
            {
                _byId.TryAdd(id, new Found(previous, start + head + 1, length));
            }

            var end = head + 1 + length + 1;
            rest = rest[end..];
            start += end;
        }

        // What broke off in its middle is nobody's.
        _read = Block.Bytes.Length;
    }

    public void Dispose() => Block.Dispose();

    // Ends at the first that is not here, which it tells too; and where it runs in a circle, which no broker of ours makes.
    private IEnumerable<string> ChainIdsOf(string id)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var next = id; next.Length > 0 && seen.Add(next);)
        {
            yield return next;
            next = _byId.TryGetValue(next, out var found) ? found.Previous : string.Empty;
        }
    }

    private readonly record struct Found(string Previous, int Start, int Length);
}
