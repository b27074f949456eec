using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>
/// Cuts a WorkItem that is too large for one message. It is written once, into memory that the chunks show parts of: a frame is good
/// until this is disposed.
/// </summary>
public sealed class WorkItemChunks : IDisposable
{
    private readonly string _workId;
    private readonly byte[] _bytes;
    private readonly int _size;
    private uint _index;
    private int _sent;

    /// <param name="size">The item's own <c>CalculateSize</c>.</param>
    public WorkItemChunks(WorkItem item, int size)
    {
        (_workId, _size) = (item.WorkId, size);
        _bytes = PromptMemory.Rent(size);
        item.WriteTo(_bytes.AsSpan(0, size));
    }

    /// <summary>The next chunk's frame, in their order; false after the last.</summary>
    public bool TryNext([NotNullWhen(true)] out BrokerFrame? frame)
    {
        frame = null;
        if (_sent == _size)
        {
            return false;
        }

        var length = Math.Min(TunnelProtocol.ChunkBytes, _size - _sent);
        frame = new BrokerFrame
        {
            Chunk = new WorkItemChunk
            {
                WorkId = _workId,
                Index = _index++,
                Data = UnsafeByteOperations.UnsafeWrap(_bytes.AsMemory(_sent, length)),
                Last = _sent + length == _size,
            },
        };
        _sent += length;
        return true;
    }

    public void Dispose() => PromptMemory.Return(_bytes, _size);
}
