using NUnit.Framework;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

internal sealed class PromptMemoryTests
{
    [TestCase(100)]
    [TestCase(512 * 1024)]
    [TestCase((512 * 1024) + 1)]
    [TestCase(3 * 1024 * 1024)]
    [TestCase(5 * 1024 * 1024)]
    public void Whoever_comes_next_finds_no_text(int bytes)
    {
        var block = PromptMemory.Rent(bytes);
        Assert.That(block, Has.Length.AtLeast(bytes));
        block.AsSpan(0, bytes).Fill((byte)'s');
        PromptMemory.Return(block, bytes);

        var next = PromptMemory.Rent(bytes);
        Assert.That(next.AsSpan(0, bytes).Contains((byte)'s'), Is.False);
        PromptMemory.Return(next, 0);
    }

    [Test]
    public void A_body_of_a_megabyte_costs_no_memory_of_its_own()
    {
        const int Body = 1_100_000;
        PromptMemory.Return(PromptMemory.Rent(Body), 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PromptMemory.Return(PromptMemory.Rent(Body), 0);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(Body));
    }
}
