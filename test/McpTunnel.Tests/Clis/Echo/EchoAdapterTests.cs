using Polydev.McpTunnel.Clis.Echo;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Echo;

internal sealed class EchoAdapterTests
{
    [TestCase("one two", new[] { "one ", "two" }, 2u)]
    [TestCase(" one\n\ntwo  ", new[] { " ", "one\n\n", "two  " }, 3u)]
    [TestCase("one", new[] { "one" }, 1u)]
    [TestCase("eins\u00a0zwei\u3000\u2028drei\u200bvier", new[] { "eins\u00a0", "zwei\u3000\u2028", "drei\u200bvier" }, 3u)]
    [TestCase("", new string[0], 0u)]
    public async Task RunAsync_Text_IsRepeatedWordByWordAndCounted(string text, string[] words, uint count)
    {
        var item = new WorkItem { Messages = { Said(Role.User, "to be"), Said(Role.Assistant, "or"), Said(Role.User, text) } };

        var events = await RunAsync(item);

        Assert.That(events.Select(next => next.Text?.Text).OfType<string>(), Is.EqualTo(words));
        Assert.That(events[^2].Usage, Is.EqualTo(new Usage { InputTokens = 3 + count, OutputTokens = count }));
    }

    // A relayed call of 1 MB is measured with this adapter at its end: it must not be what is measured.
    [Test]
    public async Task RunAsync_LongHistory_IsCountedWithoutAllocating()
    {
        var item =
            new WorkItem { Messages = { Said(Role.Assistant, string.Concat(Enumerable.Repeat("word ", 200_000))), Said(Role.User, "go") } };
        await RunAsync(item);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var events = await RunAsync(item);

        Assert.That(events[^2].Usage.InputTokens, Is.EqualTo(200_001));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000));
    }

    private static Message Said(Role role, string text) => CliRig.Message(role, CliRig.Text(text));

    private static async Task<List<WorkEvent>> RunAsync(WorkItem item)
    {
        await using var adapter = new EchoAdapter();
        var events = new List<WorkEvent>();
        await foreach (var next in adapter.RunAsync(item, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }
}
