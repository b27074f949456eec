using Google.Protobuf;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class WorkItemAssemblerTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(1_000_000)]
    public void Add_AllChunksInOrder_IsTheItem(int chunkBytes)
    {
        // Characters of one to four bytes: chunks end inside of them.
        var item = Item("w", "aé€😀" + new string('x', 500));

        Assert.That(Add(new WorkItemAssembler(new PartialItems()), Chunks(item, chunkBytes)), Is.EqualTo(item));
    }

    [Test]
    public void Add_ItemsBesideEachOther_AreKeptApart()
    {
        using var assembler = new WorkItemAssembler(new PartialItems());
        var (one, two) = (Item("one", "first"), Item("two", "second"));
        var (oneChunks, twoChunks) = (Chunks(one, 10), Chunks(two, 12));

        Assert.That(Add(assembler, oneChunks[..^1]), Is.Null);
        Assert.That(Add(assembler, twoChunks), Is.EqualTo(two));
        Assert.That(Add(assembler, oneChunks[^1..]), Is.EqualTo(one));
    }

    [Test]
    public void Add_OutOfOrder_ThrowsOnceAndPassesTheRestOver()
    {
        using var assembler = new WorkItemAssembler(new PartialItems());
        var chunks = Chunks(Item("w", new string('x', 100)), 20);

        Assert.That(() => assembler.Add(chunks[1]), Throws.InstanceOf<InvalidDataException>());
        Assert.That(Add(assembler, chunks[2..]), Is.Null);
        Assert.That(Add(assembler, chunks), Is.Not.Null, "Its last chunk was the end of the broken one.");
    }

    [Test]
    public void Add_NotAnItem_Throws()
    {
        var chunk = new WorkItemChunk { WorkId = "w", Data = ByteString.CopyFrom(0xFF, 0xFF), Last = true };

        Assert.That(() => new WorkItemAssembler(new PartialItems()).Add(chunk), Throws.InstanceOf<InvalidProtocolBufferException>());
    }

    [Test]
    public void Add_MoreThanAnItemMayHold_Throws()
    {
        using var assembler = new WorkItemAssembler(new PartialItems());
        var data = UnsafeByteOperations.UnsafeWrap(new byte[16 * 1024 * 1024]);
        for (uint index = 0; index < 3; index++)
        {
            Assert.That(assembler.Add(new WorkItemChunk { WorkId = "w", Index = index, Data = data }), Is.Null);
        }

        Assert.That(
            () => assembler.Add(new WorkItemChunk { WorkId = "w", Index = 3, Data = ByteString.CopyFromUtf8("x") }),
            Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void Drop_HalfAnItem_BeginsAnew()
    {
        using var assembler = new WorkItemAssembler(new PartialItems());
        var item = Item("w", new string('x', 100));
        Add(assembler, Chunks(item, 20)[..2]);

        assembler.Drop("w");

        Assert.That(Add(assembler, Chunks(item, 20)), Is.EqualTo(item));
    }

    [Test]
    public void Add_MoreThanAllItemsMayHold_ThrowsOnceForThatItemAlone()
    {
        var room = new PartialItems();
        using var one = new WorkItemAssembler(room);
        using var other = new WorkItemAssembler(room);
        var data = UnsafeByteOperations.UnsafeWrap(new byte[16 * 1024 * 1024]);
        for (uint index = 0; index < 3; index++)
        {
            one.Add(new WorkItemChunk { WorkId = "large", Index = index, Data = data });
        }

        other.Add(new WorkItemChunk { WorkId = "w", Data = data });
        var oneMore = new WorkItemChunk { WorkId = "w", Index = 1, Data = ByteString.CopyFromUtf8("x") };
        Assert.That(() => other.Add(oneMore), Throws.InstanceOf<NoRoomForPartsException>());
        Assert.That(other.Add(new WorkItemChunk { WorkId = "w", Index = 2, Data = data }), Is.Null, "The rest is passed over.");

        one.Drop("large");
        var item = Item("w", new string('x', 100));
        Assert.That(Add(other, Chunks(item, 20)), Is.EqualTo(item), "There is room again.");
    }

    [Test]
    public void Add_MoreItemsThanMayArriveAtOnce_ThrowsUntilOthersAreOver()
    {
        var room = new PartialItems();
        var first = new WorkItemAssembler(room);
        for (var index = 0; index < PartialItems.MaxItems; index++)
        {
            first.Add(new WorkItemChunk { WorkId = $"w{index}", Data = ByteString.CopyFromUtf8("x") });
        }

        using var second = new WorkItemAssembler(room);
        var chunks = Chunks(Item("one more", new string('x', 100)), 20);
        Assert.That(() => second.Add(chunks[0]), Throws.InstanceOf<NoRoomForPartsException>());
        Assert.That(Add(second, chunks[1..]), Is.Null);

        first.Dispose();
        Assert.That(Add(second, chunks), Is.Not.Null);
    }

    private static WorkItem Item(string id, string text) => new()
    {
        WorkId = id,
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } } },
    };

    private static List<WorkItemChunk> Chunks(WorkItem item, int size)
    {
        var parts = item.ToByteArray().Chunk(size).ToList();
        return [.. parts.Select((part, index) => new WorkItemChunk
        {
            WorkId = item.WorkId,
            Index = (uint)index,
            Data = ByteString.CopyFrom(part),
            Last = index == parts.Count - 1,
        })];
    }

    // What the last of them gives.
    private static WorkItem? Add(WorkItemAssembler assembler, IEnumerable<WorkItemChunk> chunks) =>
        chunks.Select(assembler.Add).ToList()[^1];
}
