using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class WorkItemChunksTests
{
    [Test]
    public void Frames_LargeItem_AreChunksThatMakeItWholeAgain()
    {
        var item = Item(3 * TunnelProtocol.ChunkBytes);

        var assembler = new WorkItemAssembler();
        WorkItem? whole = null;
        foreach (var frame in WorkItemChunks.Frames(item))
        {
            Assert.That(whole, Is.Null, "only the last chunk completes it");
            Assert.That(frame.CalculateSize(), Is.LessThan(TunnelProtocol.MaxMessageBytes));
            whole = assembler.Add(frame.Chunk);
        }

        Assert.That(whole, Is.EqualTo(item));
    }

    [Test]
    public void Frames_SmallItem_IsOneFrame() =>
        Assert.That(WorkItemChunks.Frames(Item(10)).Single().Work, Is.EqualTo(Item(10)));

    private static WorkItem Item(int length) => new()
    {
        WorkId = "w1",
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = new string('x', length) } } } } },
    };
}
