using Polydev.Broker.Calls;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>What is deleted of calls and of their totals, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UsageDeletionTests<TDatabase> : IDisposable
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly DateTimeOffset Noon = SomeCalls.Noon;
    private static readonly DateOnly Today = DateOnly.FromDateTime(Noon.UtcDateTime);
    private static readonly UsageQuery Period = new() { AccountId = "ann", From = Today, To = Today };

    private readonly TDatabase _temporary = new();
    private readonly UsageStore _store;

    public UsageDeletionTests() => _store = Open();

    public void Dispose() => _temporary.Dispose();

    [Test]
    public async Task Delete_InSteps_TakesTheOldestAndLeavesTheRest()
    {
        await _store.AddAsync(SomeCalls.Many(25), default);
        var before = Noon.AddMilliseconds(20);

        Assert.That(await _store.DeleteCallsAsync(before, 12, default), Is.EqualTo(12));
        var left = (await _store.AllAsync(new CallQuery { AccountId = "ann" })).Select(call => call.Id);
        Assert.That(left.Order().First(), Is.EqualTo("call0012"));
        Assert.That(await _store.DeleteCallsAsync(before, 12, default), Is.EqualTo(8));
        Assert.That(await _store.DeleteCallsAsync(before, 12, default), Is.Zero);
        Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann" }), Has.Count.EqualTo(5));
        Assert.That((await _store.SumsAsync(Period, default)).Single().Totals.Calls, Is.EqualTo(25), "the totals stay");
    }

    [Test]
    public async Task DeleteTotals_BeforeADay_LeavesThatDay()
    {
        var calls = SomeCalls.Many(10)
            .Select((call, number) => call with { KeyId = $"key{number % 2}", BeganAt = Noon.AddDays(number / 2) });
        await _store.AddAsync([.. calls], default);

        Assert.That(await _store.DeleteTotalsAsync(Today.AddDays(3), 4, default), Is.EqualTo(4));
        Assert.That(await _store.DeleteTotalsAsync(Today.AddDays(3), 4, default), Is.EqualTo(2));
        Assert.That(await _store.DeleteTotalsAsync(Today.AddDays(3), 4, default), Is.Zero);
        Assert.That(
            (await _store.DaysAsync(Period with { To = Today.AddDays(9) }, default)).Select(row => row.Day),
            Is.EqualTo(new[] { Today.AddDays(3), Today.AddDays(4) }));
    }

    [Test]
    public async Task Delete_ByTwoBrokersAtOnce_DeletesEachOnce()
    {
        await _store.AddAsync([.. SomeCalls.Many(200), .. SomeCalls.Many(200, "more")], default);
        UsageStore[] stores = [Open(), Open()];

        var deleted = await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            var all = 0;
            for (var step = 0; step < 40; step++)
            {
                all += await store.DeleteCallsAsync(Noon.AddDays(1), 20, default);
            }

            return all;
        }))).DefaultTimeout();

        Assert.That(deleted.Sum(), Is.EqualTo(400));
        Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann" }), Is.Empty);
    }

    private UsageStore Open() => new(_temporary.OpenDatabase());
}
