using Dapper;
using Polydev.Broker.Calls;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>Calls are written behind their end, by one writer, whatever the database does.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CallRecorderTests : IAsyncDisposable
{
    private readonly RecorderRig _rig = new();

    public async ValueTask DisposeAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task Record_AFew_WaitForEachOther()
    {
        await _rig.Recorder.StartAsync(default);
        _rig.Record(SomeCalls.Many(1, "first"));
        Assert.That(await _rig.PauseAsync(), Is.EqualTo(CallRecorder.Gathering));
        _rig.Record(SomeCalls.Many(2, "later"));
        Assert.That(_rig.Store.HasMore, Is.False);

        _rig.Time.Advance(CallRecorder.Gathering);

        Assert.That(await _rig.Store.NextAsync(), Is.EqualTo(new[] { "first0000", "later0000", "later0001" }));
        Assert.That(_rig.Lines, Is.Empty);
    }

    [Test]
    public async Task Record_AsManyAsABatch_GoAtOnce()
    {
        var calls = SomeCalls.Many((2 * CallRecorder.BatchSize) + 1);
        _rig.Record(calls);

        await _rig.Recorder.StartAsync(default);

        var batches = calls.Select(call => call.Id).Chunk(CallRecorder.BatchSize).ToList();
        Assert.That(await _rig.Store.NextAsync(), Is.EqualTo(batches[0]));
        Assert.That(await _rig.Store.NextAsync(), Is.EqualTo(batches[1]));
        Assert.That(await _rig.PauseAsync(), Is.EqualTo(CallRecorder.Gathering), "the last waits for others");
        Assert.That(_rig.Store.HasMore, Is.False);
        _rig.Time.Advance(CallRecorder.Gathering);
        Assert.That(await _rig.Store.NextAsync(), Is.EqualTo(batches[2]));
    }

    [Test]
    public async Task Record_QueueFull_DropsCountsAndTellsOnceAMinute()
    {
        var calls = SomeCalls.Many(CallRecorder.QueueSize);
        _rig.Record(calls);

        _rig.Record(SomeCalls.Many(3, "over"));
        Assert.That(_rig.Lines, Has.Count.EqualTo(1).And.All.StartsWith("CallsNotQueued: 1 calls"));
        _rig.Time.Advance(TimeSpan.FromSeconds(59));
        _rig.Record(SomeCalls.Many(1, "over"));
        Assert.That(_rig.Lines, Has.Count.EqualTo(1));
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Record(SomeCalls.Many(2, "over"));
        Assert.That(_rig.Lines, Has.Count.EqualTo(2));
        Assert.That(_rig.Lines[1], Does.StartWith("CallsNotQueued: 4 calls"));

        await _rig.Recorder.StartAsync(default);
        await _rig.StopAsync();
        Assert.That(await WrittenAsync(), Is.EqualTo(calls.Select(call => call.Id)), "those before are there");
        Assert.That(_rig.Lines, Has.Count.EqualTo(3));
        Assert.That(_rig.Lines[2], Does.StartWith("CallsNotQueued: 1 calls"), "the last is told at the end");
        Assert.That(_rig.NotRecorded, Is.EqualTo(new Dictionary<string, long> { ["queue"] = 6 }));
    }

    /// <summary>While the database hangs, the queue fills up, and whoever records goes on.</summary>
    [Test]
    public async Task Record_DatabaseHangs_NeverWaits()
    {
        var hanging = new SyncPoint();
        _rig.Store.OnAttempt = (attempt, cancellationToken) => attempt == 1 ? hanging.ArriveAsync(cancellationToken) : Task.CompletedTask;
        await _rig.Recorder.StartAsync(default);
        _rig.Record(SomeCalls.Many(1, "first"));
        await _rig.PassAsync();
        await hanging.WaitForArrivalAsync();

        _rig.Record(SomeCalls.Many(CallRecorder.QueueSize + 5));

        Assert.That(_rig.NotRecorded["queue"], Is.EqualTo(5));
        hanging.Release();
        await _rig.StopAsync();
        Assert.That(await WrittenAsync(), Has.Count.EqualTo(1 + CallRecorder.QueueSize));
    }

    [Test]
    public async Task Stop_RightBehindTheStart_WritesWhatItHas()
    {
        _rig.Record(SomeCalls.Many(3));

        var starting = _rig.Recorder.StartAsync(default);
        await _rig.StopAsync();

        await starting;
        Assert.That(await _rig.Store.NextAsync(), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Stop_WritesWhatItHas()
    {
        await _rig.Recorder.StartAsync(default);
        _rig.Record(SomeCalls.Many(3));
        await _rig.PauseAsync();

        await _rig.StopAsync();

        Assert.That(await _rig.Store.NextAsync(), Has.Count.EqualTo(3));
        _rig.Record(SomeCalls.Many(1, "late"));
        Assert.That(_rig.NotRecorded["queue"], Is.EqualTo(1), "what comes after that is counted");
    }

    [Test]
    public async Task Write_DatabaseFailsForAWhile_LosesNothing()
    {
        _rig.Store.OnAttempt = (attempt, _) => attempt <= 2 ? throw new TimeoutException("no database") : Task.CompletedTask;
        await _rig.Recorder.StartAsync(default);
        _rig.Record(SomeCalls.Many(3));

        await _rig.PassAsync();
        Assert.That(await _rig.PassAsync(), Is.EqualTo(TimeSpan.FromMilliseconds(100)));
        Assert.That(await _rig.PassAsync(), Is.EqualTo(TimeSpan.FromMilliseconds(200)));

        Assert.That(await _rig.Store.NextAsync(), Has.Count.EqualTo(3));
        Assert.That(_rig.Lines, Is.Empty);
        Assert.That(_rig.NotRecorded, Is.Empty);
    }

    [Test]
    public async Task Write_DatabaseFailsForLong_LosesThatBatchAlone()
    {
        _rig.Store.OnAttempt = (attempt, _) => attempt <= 8 ? throw new TimeoutException("no database") : Task.CompletedTask;
        await _rig.Recorder.StartAsync(default);
        _rig.Record(SomeCalls.Many(3, "lost"));
        await _rig.PassAsync();
        var waited = TimeSpan.Zero;
        for (var pause = 0; pause < 7; pause++)
        {
            waited += await _rig.PassAsync();
        }

        _rig.Record(SomeCalls.Many(1, "kept"));
        await _rig.PassAsync();

        Assert.That(await _rig.Store.NextAsync(), Does.Contain("kept0000").And.None.Contains("lost"));
        Assert.That(waited, Is.LessThan(TimeSpan.FromSeconds(10)), "bounded");
        Assert.That(_rig.Lines, Has.Count.EqualTo(1));
        Assert.That(_rig.Lines[0], Does.StartWith("CallsNotWritten: 3 calls").And.Contains("in 8 attempts"));
        Assert.That(_rig.NotRecorded, Is.EqualTo(new Dictionary<string, long> { ["database"] = 3 }));
    }

    [Test]
    public async Task Stop_DatabaseFails_TriesOnceMoreAndEnds()
    {
        _rig.Store.OnAttempt = (_, _) => throw new TimeoutException("no database");
        var calls = (3 * CallRecorder.BatchSize) + 1;
        _rig.Record(SomeCalls.Many(calls));
        await _rig.Recorder.StartAsync(default);
        await _rig.PauseAsync();

        await _rig.StopAsync();

        Assert.That(_rig.Store.Attempts, Is.EqualTo(2));
        Assert.That(_rig.NotRecorded["database"], Is.EqualTo(calls));
        Assert.That(_rig.Lines, Has.Count.EqualTo(1).And.All.StartsWith($"CallsNotWritten: {calls} calls"));
    }

    [Test]
    public async Task Stop_CutShortWhileTheDatabaseHangs_Ends()
    {
        var hanging = new SyncPoint();
        _rig.Store.OnAttempt = (_, cancellationToken) => hanging.ArriveAsync(cancellationToken);
        const int Calls = CallRecorder.BatchSize + 1;
        _rig.Record(SomeCalls.Many(Calls));
        await _rig.Recorder.StartAsync(default);
        await hanging.WaitForArrivalAsync();
        using var hurry = new CancellationTokenSource();
        var stopping = _rig.Recorder.StopAsync(hurry.Token);

        await hurry.CancelAsync();

        await stopping.DefaultTimeout();
        await _rig.Recorder.ExecuteTask!.DefaultTimeout();
        Assert.That(_rig.NotRecorded["database"], Is.EqualTo(Calls));
    }

    /// <summary>A real database that fails, and comes back.</summary>
    [Test]
    public async Task Write_TableGoneForAWhile_IsWrittenOnceItIsBack()
    {
        using var temporary = new TemporaryDatabase();
        var database = temporary.Open();
        var store = new UsageStore(database);
        await using var rig = new RecorderRig(store);
        await using var connection = await database.OpenAsync(default);
        await connection.ExecuteAsync("ALTER TABLE daily_totals RENAME TO hidden");
        await rig.Recorder.StartAsync(default);
        rig.Record(SomeCalls.Many(3));
        await rig.PassAsync();
        await rig.PassAsync();
        await rig.PauseAsync();
        Assert.That((await store.ListAsync(new CallQuery { AccountId = "ann" }, default)).Calls, Is.Empty, "all or none");

        await connection.ExecuteAsync("ALTER TABLE hidden RENAME TO daily_totals");
        await rig.StopAsync();

        Assert.That((await store.ListAsync(new CallQuery { AccountId = "ann" }, default)).Calls, Has.Count.EqualTo(3));
        Assert.That(rig.NotRecorded, Is.Empty);
    }

    private async Task<List<string>> WrittenAsync()
    {
        var written = new List<string>();
        while (_rig.Store.HasMore)
        {
            written.AddRange(await _rig.Store.NextAsync());
        }

        return written;
    }
}
