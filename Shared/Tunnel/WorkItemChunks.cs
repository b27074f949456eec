using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Tunnel;

/// <summary>Cuts a WorkItem that is too large for one message.</summary>
public static class WorkItemChunks
{
    /// <summary>The frames that carry the item: one WorkItem, or its chunks in order.</summary>
    public static IEnumerable<BrokerFrame> Frames(WorkItem item)
    {
        if (item.CalculateSize() <= TunnelProtocol.WholeItemBytes)
        {
            yield return new BrokerFrame { Work = item };
            yield break;
        }

        var bytes = item.ToByteArray();
        for (int offset = 0, index = 0; offset < bytes.Length; offset += TunnelProtocol.ChunkBytes, index++)
        {
            var length = Math.Min(TunnelProtocol.ChunkBytes, bytes.Length - offset);
            yield return new BrokerFrame
            {
                Chunk = new WorkItemChunk
                {
                    WorkId = item.WorkId,
                    Index = (uint)index,
                    Data = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(offset, length)),
                    Last = offset + length == bytes.Length,
                },
            };
        }
    }
}
