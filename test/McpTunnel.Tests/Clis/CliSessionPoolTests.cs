using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliSessionPoolTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<FakeSession> _started = [];
    private SeenEvent _waiting = null!;
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _logging = null!;
    private CliSessionPoolOptions _options = null!;
    private StartGate _gate = null!;
    private Func<FakeSession, Task>? _whileStarting;
    private bool _canServeAgain;
    private int _count;

    [SetUp]
    public void Start()
    {
        _started.Clear();
        _waiting = new SeenEvent(nameof(CliLog.SessionWaits));
        _logs = new NoErrorLogs();
        _logging = _logs.CreateFactory();
        _logging.AddProvider(_waiting);
        _options = new CliSessionPoolOptions();
        _gate = new StartGate(2, _time);
        _whileStarting = null;
        _canServeAgain = false;
        _count = 0;
    }

    [TearDown]
    public void Stop()
    {
        _logging.Dispose();
        _logs.Dispose();
        _waiting.Dispose();
    }

    [Test]
    public async Task Construct_NoCall_StartsNothing()
    {
        await using var pool = Pool();

        Assert.That(_count, Is.Zero);
    }

    [Test]
    public async Task TakeAsync_FirstCall_StartsOneAndWarmsTheNext()
    {
        await using var pool = Pool();

        var first = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var warm = await WarmAsync(2);

        Assert.That((first.Number, warm.Number), Is.EqualTo((1, 2)));
        Assert.That(await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout(), Is.SameAs(warm));
    }

    [Test]
    public async Task TakeAsync_OtherKey_GetsASessionOfItsOwn()
    {
        await using var pool = Pool();
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await WarmAsync(2);

        Assert.That((await pool.TakeAsync(Key("b"), CancellationToken.None).DefaultTimeout()).Key, Is.EqualTo("b"));
    }

    [Test]
    public async Task TakeAsync_WarmSessionDied_IsEndedAndReplaced()
    {
        await using var pool = Pool();
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var warm = await WarmAsync(2);
        warm.IsAlive = false;

        var next = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();

        Assert.That(next.Number, Is.EqualTo(3));
        await warm.Ended.DefaultTimeout();
    }

    [Test]
    public async Task TakeAsync_StartFails_ThrowsAndTheNextCallTriesAgain()
    {
        await using var pool = Pool();
        _whileStarting = session => session.Number == 1 ? throw new InvalidOperationException("no") : Task.CompletedTask;

        Assert.ThrowsAsync<InvalidOperationException>(() => pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout());
        Assert.That((await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout()).Number, Is.EqualTo(2));
    }

    [Test]
    public async Task TakeAsync_WarmUpFails_LeavesThePoolWorking()
    {
        await using var pool = Pool();
        var failed = new TaskCompletionSource();
        _whileStarting = session =>
        {
            if (session.Number != 2)
            {
                return Task.CompletedTask;
            }

            failed.SetResult();
            throw new InvalidOperationException("no");
        };
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await failed.Task.DefaultTimeout();

        Assert.That((await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout()).Number, Is.EqualTo(3));
    }

    [Test]
    public async Task TakeAsync_NoWarmSessionsWanted_StartsOnlyWhatIsAskedFor()
    {
        _options = _options with { Warm = 0 };
        await using var pool = Pool();

        pool.Return(Key("a"), await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout());
        await pool.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That(_count, Is.EqualTo(1));
    }

    [Test]
    public async Task TakeAsync_KeyThatIsNotWarmed_StartsOnlyWhatIsAskedFor()
    {
        await using var pool = Pool();
        var key = Key("misspelt") with { IsWarmed = false };

        pool.Return(key, await pool.TakeAsync(key, CancellationToken.None).DefaultTimeout());
        await pool.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That(_count, Is.EqualTo(1));
    }

    [Test]
    public async Task TakeAsync_ManyKeys_KeepsTheMostRecentWarm()
    {
        _options = _options with { WarmKeys = 2 };
        await using var pool = Pool();
        var warm = new List<FakeSession>();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await pool.TakeAsync(Key(key), CancellationToken.None).DefaultTimeout();
            warm.Add(await WarmAsync(2 * (warm.Count + 1)));
        }

        await warm[0].Ended.DefaultTimeout();

        Assert.That(await pool.TakeAsync(Key("b"), CancellationToken.None).DefaultTimeout(), Is.SameAs(warm[1]));
        Assert.That(await pool.TakeAsync(Key("c"), CancellationToken.None).DefaultTimeout(), Is.SameAs(warm[2]));
    }

    [Test]
    public async Task Return_UsedSession_IsEnded()
    {
        await using var pool = Pool();
        var session = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();

        pool.Return(Key("a"), session);

        await session.Ended.DefaultTimeout();
    }

    [Test]
    public async Task Return_NoWarmSessionsWanted_EndsAlsoOneThatCanServeAgain()
    {
        _options = _options with { Warm = 0 };
        _canServeAgain = true;
        await using var pool = Pool();
        var session = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();

        pool.Return(Key("a"), session);

        await session.Ended.DefaultTimeout();
        Assert.That((await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout()).Number, Is.EqualTo(2));
    }

    // Without it each call of a CLI whose processes serve again started one more, and threw it away.
    [Test]
    public async Task Return_BeforeTheNextIsWarm_TwoWaitAndNoMoreAreStarted()
    {
        _canServeAgain = true;
        await using var pool = Pool();
        var starting = new SyncPoint();
        _whileStarting = session => session.Number == 2 ? starting.ArriveAsync() : Task.CompletedTask;
        var used = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await starting.WaitForArrivalAsync();

        pool.Return(Key("a"), used);
        starting.Release();
        var fresh = await WarmAsync(2);

        for (var call = 0; call < 10; call++)
        {
            var session = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
            Assert.That(session, Is.SameAs(call % 2 == 0 ? used : fresh));
            pool.Return(Key("a"), session);
        }

        Assert.That(_count, Is.EqualTo(2));
    }

    [Test]
    public async Task Return_ManyAtOnce_KeepsOneMoreThanAreWarmed()
    {
        _canServeAgain = true;
        await using var pool = Pool();
        var starting = new SyncPoint();
        _whileStarting = session => session.Number == 2 ? starting.ArriveAsync() : Task.CompletedTask;
        var first = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await starting.WaitForArrivalAsync();
        var second = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var third = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();

        pool.Return(Key("a"), first);
        pool.Return(Key("a"), second);
        pool.Return(Key("a"), third);

        await third.Ended.DefaultTimeout();
        Assert.That((first.Ended.IsCompleted, second.Ended.IsCompleted), Is.EqualTo((false, false)));
        starting.Release();
    }

    [Test]
    public async Task TakeAsync_AnotherLogin_EndsWhatTheOldOneStarted()
    {
        await using var pool = Pool();
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var old = await WarmAsync(2);

        var next = await pool.TakeAsync(Key("a", "another login"), CancellationToken.None).DefaultTimeout();

        await old.Ended.DefaultTimeout();
        Assert.That(next.Number, Is.EqualTo(3));
    }

    [Test]
    public async Task IdleTime_Over_EndsWhatWaitsAndTheNextCallStartsAnew()
    {
        await using var pool = Pool();
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var warm = await WarmAsync(2);

        _time.Advance(_options.IdleTime - TimeSpan.FromSeconds(1));
        Assert.That(warm.Ended.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromSeconds(1));

        await warm.Ended.DefaultTimeout();
        Assert.That((await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout()).Number, Is.EqualTo(3));
    }

    [Test]
    public async Task IdleTime_OverWhileASessionStarts_EndsItToo()
    {
        await using var pool = Pool();
        var starting = new SyncPoint();
        FakeSession? late = null;
        _whileStarting = session =>
        {
            late = session.Number == 2 ? session : late;
            return session.Number == 2 ? starting.ArriveAsync() : Task.CompletedTask;
        };
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await starting.WaitForArrivalAsync();

        _time.Advance(_options.IdleTime);
        starting.Release();

        await late!.Ended.DefaultTimeout();
    }

    [Test]
    public async Task DisposeAsync_SessionsWaitingAndStarting_AllEnd()
    {
        var pool = Pool();
        var starting = new SyncPoint();
        var sessions = new List<FakeSession>();
        _whileStarting = session =>
        {
            sessions.Add(session);
            return session.Number == 2 ? starting.ArriveAsync() : Task.CompletedTask;
        };
        var used = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        await starting.WaitForArrivalAsync();

        var disposing = pool.DisposeAsync().AsTask();
        Assert.That(disposing.IsCompleted, Is.False, "it waits for what is starting");
        starting.Release();
        await disposing.DefaultTimeout();

        Assert.That(sessions[1].Ended.IsCompleted, Is.True);
        Assert.That(used.Ended.IsCompleted, Is.False, "its user still has it");
        pool.Return(Key("a"), used);
        await used.Ended.DefaultTimeout();
        Assert.ThrowsAsync<ObjectDisposedException>(() => pool.TakeAsync(Key("a"), CancellationToken.None));
    }

    [Test]
    public async Task Kill_WarmAndInUse_KillsAllAndStartsFreshOnesNext()
    {
        await using var pool = Pool();
        var used = await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        var warm = await WarmAsync(2);
        var reason = CallerTools.Broken("a file");

        pool.Kill(reason);

        Assert.That((used.Killed, warm.Killed), Is.EqualTo((reason, reason)));
        Assert.That((await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout()).Number, Is.EqualTo(3));
        pool.Return(Key("a"), used);
        await Task.WhenAll(used.Ended, warm.Ended).DefaultTimeout();
    }

    [Test]
    public async Task Kill_SessionThatStarts_IsEndedAndItsCallFailsForThatReason()
    {
        await using var pool = Pool();
        var starting = new SyncPoint();
        FakeSession? started = null;
        _whileStarting = session => (started = session).Number == 1 ? starting.ArriveAsync() : Task.CompletedTask;
        var call = pool.TakeAsync(Key("a"), CancellationToken.None);
        await starting.WaitForArrivalAsync();
        var first = started!;
        var reason = CallerTools.Broken("a file");

        pool.Kill(reason);
        starting.Release();

        Assert.That(Assert.ThrowsAsync<CliFailureException>(() => call.DefaultTimeout()), Is.SameAs(reason));
        Assert.That(first.Killed, Is.SameAs(reason));
        await first.Ended.DefaultTimeout();
    }

    [Test]
    public async Task DisposeAsync_SessionEndsBadly_IsLoggedNotThrown()
    {
        var pool = Pool();
        await pool.TakeAsync(Key("a"), CancellationToken.None).DefaultTimeout();
        (await WarmAsync(2)).EndsWith = new IOException("no");

        Assert.DoesNotThrowAsync(() => pool.DisposeAsync().AsTask().DefaultTimeout());
    }

    private CliSessionPool<FakeSession> Pool() => new(StartAsync, _options, _gate, _time, _logging.CreateLogger("pool"));

    private static CliSessionKey Key(string model, string stamp = "login") => new(stamp, model);

    private async Task<FakeSession> StartAsync(CliSessionKey key, CancellationToken cancellationToken)
    {
        var session = new FakeSession(key.Model!, Interlocked.Increment(ref _count)) { CanServeAgain = _canServeAgain };
        if (_whileStarting is not null)
        {
            await _whileStarting(session);
        }

        lock (_started)
        {
            _started.Add(session);
        }

        return session;
    }

    /// <summary>The session of that number, once it waits in the pool.</summary>
    private async Task<FakeSession> WarmAsync(int number)
    {
        await _waiting.NextAsync().DefaultTimeout();
        lock (_started)
        {
            return _started.Single(session => session.Number == number);
        }
    }
}
