using Polydev.Broker.Calls;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Calls;

/// <summary>What the pages ask of the store, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UsageQuestionTests<TDatabase> : IDisposable
    where TDatabase : ITemporaryDatabase, new()
{
    private readonly TDatabase _temporary = new();
    private readonly UsageStore _store;

    public UsageQuestionTests() => _store = new UsageStore(_temporary.OpenDatabase());

    public void Dispose() => _temporary.Dispose();

    /// <summary>Many of one and the same moment, while others are added before, behind and among them.</summary>
    [Test]
    public async Task List_PagesWhileRowsAreAdded_HaveNoGapAndNoDouble()
    {
        var before = SomeCalls.Many(40, "b")
            .Select((call, number) => call with { BeganAt = SomeCalls.Noon.AddMilliseconds(number / 8) }).ToList();
        await _store.AddAsync(before, default);
        var seen = new List<RecordedCall>();
        var query = new CallQuery { AccountId = "ann", PageSize = 7 };

        for (var page = 0; ; page++)
        {
            var found = await _store.ListAsync(query, default);
            Assert.That(found.Calls, Has.Count.LessThanOrEqualTo(7));
            seen.AddRange(found.Calls);
            await _store.AddAsync([.. Enumerable.Range(-2, 10).Select(at => Between(page, at))], default);
            if (found.Next is null || page == 20)
            {
                break;
            }

            // As it travels in an address.
            query = query with { After = CallCursor.Parse(found.Next.ToString()) };
        }

        Assert.That(seen.Select(call => call.Id), Is.Unique);
        Assert.That(seen.Where(call => call.Id[0] == 'b'), Is.EquivalentTo(before), "none is left out");
        Assert.That(seen.Select(call => call.BeganAt), Is.Ordered.Descending, "the newest first");

        // By their ids before and behind those of the same moment.
        static RecordedCall Between(int page, int at) =>
            SomeCalls.Make($"{(at % 2 == 0 ? 'a' : 'c')}{page}-{at}", at: SomeCalls.Noon.AddMilliseconds(at));
    }

    [Test]
    public async Task Calls_OfSomeOutcomes_LeaveOutTheOthers()
    {
        await _store.AddAsync(
            [
                SomeCalls.Make("a", result: CallResult.Failed) with { Outcome = "TunnelOffline" },
                SomeCalls.Make("b", result: CallResult.Failed) with { Outcome = "NoCli" },
                SomeCalls.Make("c", result: CallResult.Failed) with { Outcome = "TimedOut" },
                SomeCalls.Make("d", "bob", "key2", result: CallResult.Failed) with { Outcome = "NoCli" },
            ],
            default);
        var query = new CallQuery { AccountId = "ann", Outcomes = ["NoCli", "TunnelOffline"] };

        Assert.That((await _store.ListAsync(query, default)).Calls.Select(call => call.Id), Is.EquivalentTo(new[] { "a", "b" }));
        Assert.That((await _store.CountAsync(query, default)).Failed, Is.EqualTo(2));
        Assert.That((await _store.ListAsync(query with { Outcomes = ["NoCli"] }, default)).Calls.Single().Id, Is.EqualTo("b"));
        Assert.That((await _store.ListAsync(query with { Outcomes = [] }, default)).Calls, Is.Empty);
    }

    [Test]
    public async Task Calls_ThatFailed_AreThoseNeitherAnsweredNorCancelled()
    {
        await _store.AddAsync(
            [.. Enum.GetValues<CallResult>().Select(result => SomeCalls.Make($"{result}", result: result))], default);

        var page = await _store.ListAsync(new CallQuery { AccountId = "ann", IsFailed = true }, default);

        Assert.That(page.Calls.Select(call => call.Id), Is.EquivalentTo(new[] { "Refused", "Failed" }));
    }

    [Test]
    public async Task Models_OfProviders_AreApartForEach()
    {
        var call = SomeCalls.Make("a");
        await _store.AddAsync(
            [call, call with { Id = "b", Provider = "codex" }, call with { Id = "c", BeganAt = call.BeganAt.AddDays(1) }], default);

        var sums = await _store.SumsAsync(Query(), default);
        var days = await _store.DaysAsync(Query(), default);

        Assert.That(
            sums.Select(sum => (sum.Provider, sum.Name, sum.Totals.Calls)),
            Is.EqualTo(new[] { ("claude", call.Model, 2L), ("codex", call.Model, 1L) }));
        Assert.That(
            days.Select(day => (day.Day.Day, day.Provider, day.Name)),
            Is.EqualTo(new[] { (1, "claude", call.Model), (1, "codex", call.Model), (2, "claude", call.Model) }));
    }

    /// <summary>Anybody may ask for any model: those that no CLI has are not told apart.</summary>
    [Test]
    public async Task Models_WithoutACli_AreOne()
    {
        await _store.AddAsync(
            [.. SomeCalls.Many(20).Select((call, index) => call with { Provider = "", Model = $"made-up-{index}" })], default);

        var sums = await _store.SumsAsync(Query(), default);

        Assert.That(sums.Select(sum => (sum.Provider, sum.Name, sum.Totals.Calls)), Is.EqualTo(new[] { ("", "", 20L) }));
    }

    private static UsageQuery Query()
    {
        var day = DateOnly.FromDateTime(SomeCalls.Noon.UtcDateTime);
        return new UsageQuery { AccountId = "ann", From = day, To = day.AddDays(1), By = UsageGrouping.ModelOfProvider };
    }
}
