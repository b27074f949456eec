using Microsoft.Extensions.Logging.Abstractions;
using Polydev.Broker.Calls;
using Polydev.Broker.Retention;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Keys;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>What is past its time goes, in small steps, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UsageRetentionTests<TDatabase> : IAsyncDisposable
    where TDatabase : ITemporaryDatabase, new()
{
    private readonly TDatabase _temporary = new();
    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly UsageStore _store;
    private UsageRetention? _retention;

    public UsageRetentionTests()
    {
        _store = new UsageStore(_temporary.OpenDatabase());
        _time.SetUtcNow(SomeCalls.Noon.AddDays(1000));
    }

    public async ValueTask DisposeAsync()
    {
        if (_retention is not null)
        {
            await _retention.StopAsync(default).DefaultTimeout();
            _retention.Dispose();
        }

        _temporary.Dispose();
    }

    [Test]
    public async Task Execute_MoreThanAStep_GoesOnAfterPauses()
    {
        await AddAsync(2500, daysAgo: 90, milliseconds: -3000);
        await AddAsync(10, daysAgo: 90, milliseconds: 0);

        await StartAsync(new UsageOptions());
        Assert.That(await PauseAsync(), Is.EqualTo(SmallSteps.Pause));
        Assert.That(await CountAsync(), Is.EqualTo(1510));
        _time.Advance(SmallSteps.Pause);
        Assert.That(await PauseAsync(), Is.EqualTo(SmallSteps.Pause));
        Assert.That(await CountAsync(), Is.EqualTo(510));
        _time.Advance(SmallSteps.Pause);

        Assert.That(await PauseAsync(), Is.EqualTo(UsageRetention.Period));
        Assert.That(await CountAsync(), Is.EqualTo(10), "just 90 days old when it began");
        _time.Advance(UsageRetention.Period);
        await PauseAsync();
        Assert.That(await CountAsync(), Is.Zero, "over 90 days an hour later");
        Assert.That(await TotalAsync(), Is.EqualTo(2510), "the days' totals stay");
    }

    [TestCase(90, new[] { 400 })]
    [TestCase(1, new[] { 400 })]
    [TestCase(500, new[] { 400, 401, 500 })]
    public async Task Execute_OldTotals_GoAfter400DaysAndNotBeforeTheirCalls(int keepDays, int[] kept)
    {
        foreach (var daysAgo in (int[])[400, 401, 500, 501])
        {
            await AddAsync(1, daysAgo, milliseconds: 0);
        }

        await StartAsync(new UsageOptions { CallDays = keepDays });
        Assert.That(await PauseAsync(), Is.EqualTo(UsageRetention.Period));

        var days = await _store.DaysAsync(Ever(), default);
        Assert.That(days.Select(row => Today.DayNumber - row.Day.DayNumber), Is.EquivalentTo(kept));
    }

    [Test]
    public async Task Execute_ForEver_DeletesNothing()
    {
        await AddAsync(3, daysAgo: 999, milliseconds: 0);

        await StartAsync(new UsageOptions { CallDays = 0 });

        await _retention!.ExecuteTask!.DefaultTimeout();
        Assert.That(await CountAsync(), Is.EqualTo(3));
        Assert.That(await TotalAsync(), Is.EqualTo(3));
    }

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    private UsageQuery Ever() => new() { AccountId = "ann", From = DateOnly.FromDateTime(SomeCalls.Noon.UtcDateTime), To = Today };

    private Task<TimeSpan> PauseAsync() => _time.Timers.ReadAsync().AsTask().DefaultTimeout();

    private async Task StartAsync(UsageOptions options)
    {
        _retention = new UsageRetention(_store, options, _time, NullLogger<UsageRetention>.Instance);
        await _retention.StartAsync(default);
    }

    private async Task AddAsync(int count, int daysAgo, int milliseconds)
    {
        var first = _time.GetUtcNow().AddDays(-daysAgo).AddMilliseconds(milliseconds);
        await _store.AddAsync([.. Enumerable.Range(0, count).Select(Call)], default);

        RecordedCall Call(int number) => SomeCalls.Make($"{daysAgo}-{milliseconds}-{number}", at: first.AddMilliseconds(number));
    }

    private async Task<long> TotalAsync() => (await _store.SumsAsync(Ever(), default)).Single().Totals.Calls;

    private async Task<int> CountAsync()
    {
        var count = 0;
        for (var query = new CallQuery { AccountId = "ann", PageSize = CallQuery.LargestPage }; ;)
        {
            var page = await _store.ListAsync(query, default);
            count += page.Calls.Count;
            if (page.Next is null)
            {
                return count;
            }

            query = query with { After = page.Next };
        }
    }
}
