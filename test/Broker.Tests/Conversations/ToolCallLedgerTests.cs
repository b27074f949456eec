using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Conversations;

/// <summary>A call costs the same however many there are: a search through those before it would take hours here.</summary>
public sealed class ToolCallLedgerTests
{
    private const int Calls = 400_000;

    private static readonly FieldPath Path = new(null, "messages");

    // Google's ids may be absent, its results name the tool alone; some clients count their ids anew in each turn.
    [TestCase("", "", 1)]
    [TestCase("", "", Calls)]
    [TestCase("1", "1", 1)]
    [TestCase("1", "1", Calls)]
    [TestCase("call_#", "", 1)]
    [TestCase("call_#", "call_#", 1)]
    public async Task Answer_OfManyCalls_FindsEachAtOnce(string id, string resultId, int turns)
    {
        var given = await Task.Run(() =>
        {
            var ledger = new ToolCallLedger();
            var calls = Enumerable.Range(0, Calls)
                .Select(index => ledger.Add(new ToolCallPart { Id = Numbered(id, index), Name = "f" }, turns == 1 ? 0 : index, "x", Path))
                .ToList();
            for (var index = 0; index < Calls; index++)
            {
                ledger.Answer(new ToolResultPart { ToolCallId = Numbered(resultId, index), Name = "f" }, "x", Path);
            }

            return calls;
        }).DefaultTimeout();

        Assert.That(given, Has.All.Matches<ToolCallLedger.Entry>(call => call.Result?.ToolCallId == call.Call.Id));
        Assert.That(given.Select(call => call.Call.Id).Distinct().Count(), Is.EqualTo(Calls));
    }

    [Test]
    public async Task Answer_OfManyCallsPassedOver_FindsEachAtOnce()
    {
        await Task.Run(() =>
        {
            var ledger = new ToolCallLedger();
            ledger.Add(new ToolCallPart { Id = "1", Name = "f" }, 0, "1", Path);
            for (var index = 0; index < Calls; index++)
            {
                ledger.Ignore("1", index + 1);
            }

            for (var index = 0; index < Calls; index++)
            {
                Assert.That(ledger.Answer(new ToolResultPart { ToolCallId = "1" }, "1", Path), Is.False);
            }

            Assert.That(ledger.Answer(new ToolResultPart { ToolCallId = "1" }, "1", Path), Is.True);
        }).DefaultTimeout();
    }

    private static string Numbered(string id, int index) => id.Replace("#", $"{index}", StringComparison.Ordinal);
}
