using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class WorkItemChunksTests
{
    [TestCase(1)]
    [TestCase(TunnelProtocol.ChunkBytes)]
    [TestCase(3 * TunnelProtocol.ChunkBytes)]
    [TestCase(5_000_000)]
    public void TryNext_UntilTheLast_AreChunksThatMakeTheItemWholeAgain(int length)
    {
        var item = Item(length);
        var size = item.CalculateSize();
        using var chunks = new WorkItemChunks(item, size);
        using var assembler = new WorkItemAssembler(new PartialItems());

        WorkItem? whole = null;
        var count = 0;
        while (chunks.TryNext(out var frame))
        {
            Assert.That(whole, Is.Null, "only the last chunk completes it");
            Assert.That(frame.CalculateSize(), Is.LessThan(TunnelProtocol.ChunkBytes + 100));
            whole = assembler.Add(frame.Chunk);
            count++;
        }

        Assert.That(whole, Is.EqualTo(item));
        Assert.That(count, Is.EqualTo(((size - 1) / TunnelProtocol.ChunkBytes) + 1));
    }

    // A frame counts as a sign of life when it is there as a whole. In any script a character is at most three bytes.
    [TestCase(TunnelProtocol.WholeItemBytes)]
    [TestCase(TunnelProtocol.ChunkBytes)]
    [TestCase(3 * TunnelProtocol.MaxDeltaChars)]
    public void LargestFrame_OnASlowLine_ComesWithinWhatASilenceMayLast(int bytes)
    {
        const int BytesASecond = 20_000;

        Assert.That(TimeSpan.FromSeconds(bytes / BytesASecond), Is.LessThan(TunnelProtocol.HeartbeatInterval));
    }

    private static WorkItem Item(int length) => new()
    {
        WorkId = "w1",
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = new string('x', length) } } } } },
    };
}
