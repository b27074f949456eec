using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>Calls that wait for a session of the pool, of which one starts at a time.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CliSessionLineTests : IDisposable
{
    private static readonly CliSessionKey Key = new("login", "a");

    private readonly FakeTimeProvider _time = new();
    private readonly NoErrorLogs _logs = new();
    private readonly ILoggerFactory _logging;
    private readonly StartGate _gate;
    private readonly Dictionary<int, SyncPoint> _held = [];
    private int _failing;
    private int _count;
    private int _ended;

    public CliSessionLineTests()
    {
        _logging = _logs.CreateFactory();
        _gate = new StartGate(1, _time);
    }

    public void Dispose()
    {
        _logging.Dispose();
        _logs.Dispose();
    }

    [Test]
    public async Task CallsAtOnce_AreServedOneStartAfterTheOther_BeforeTheNextIsWarmedUp()
    {
        await using var pool = Pool(warm: 1);
        var (first, warmUp) = (Hold(1), Hold(5));
        var calls = Enumerable.Range(0, 4).Select(_ => TakeAsync(pool)).ToList();
        await first.WaitForArrivalAsync();
        Assert.That(_count, Is.EqualTo(1), "the others have not begun");

        first.Release();

        Assert.That((await Task.WhenAll(calls)).Select(session => session.Number), Is.EqualTo((int[])[1, 2, 3, 4]));
        await warmUp.WaitForArrivalAsync();
        warmUp.Release();
    }

    [Test]
    public async Task OneThatServesAgain_GoesToTheCallThatWaits_AndNoneIsStartedForIt()
    {
        await using var pool = Pool();
        var used = await TakeAsync(pool);
        var busy = await _gate.EnterAsync(isWaitedFor: true, CancellationToken.None);
        var call = TakeAsync(pool);

        pool.Return(Key, used);

        Assert.That(await call, Is.SameAs(used));
        busy.Dispose();
        Assert.That((await TakeAsync(pool)).Number, Is.EqualTo(2));
    }

    [Test]
    public async Task WhatStartsForACallThatIsServedMeanwhile_GoesToTheNext()
    {
        await using var pool = Pool();
        var used = await TakeAsync(pool);
        var late = Hold(2);
        var (second, third) = (TakeAsync(pool), TakeAsync(pool));
        await late.WaitForArrivalAsync();

        pool.Return(Key, used);
        Assert.That(await second, Is.SameAs(used));
        late.Release();

        Assert.That((await third).Number, Is.EqualTo(2));
        Assert.That((await TakeAsync(pool)).Number, Is.EqualTo(3), "the third's own had not begun");
    }

    [Test]
    public async Task DisposeAsync_EndsWhatStartsForNobodyAnyMore()
    {
        var pool = Pool();
        var used = await TakeAsync(pool);
        var late = Hold(2);
        var call = TakeAsync(pool);
        await late.WaitForArrivalAsync();
        pool.Return(Key, used);
        await call;

        await pool.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That(_ended, Is.EqualTo(1), "the pool waits until it has ended");
    }

    [Test]
    public async Task OneOfAnotherKey_IsNotGivenOut()
    {
        await using var pool = Pool();
        var used = await TakeAsync(pool);
        var busy = await _gate.EnterAsync(isWaitedFor: true, CancellationToken.None);
        var call = pool.TakeAsync(new CliSessionKey("login", "b"), CancellationToken.None);

        pool.Return(Key, used);
        await used.Ended.DefaultTimeout();
        Assert.That(call.IsCompleted, Is.False);
        busy.Dispose();

        Assert.That((await call.DefaultTimeout()).Key, Is.EqualTo("b"));
    }

    [Test]
    public async Task ACallGivenUp_StartsNothing()
    {
        await using var pool = Pool();
        var busy = await _gate.EnterAsync(isWaitedFor: true, CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var call = pool.TakeAsync(Key, cancel.Token);

        await cancel.CancelAsync();

        Assert.ThrowsAsync<TaskCanceledException>(() => call.DefaultTimeout());
        busy.Dispose();
        Assert.That((await TakeAsync(pool)).Number, Is.EqualTo(1));
    }

    [Test]
    public async Task ACallGivenUpWhileItsSessionStarts_EndsTheStart()
    {
        await using var pool = Pool();
        var first = Hold(1);
        using var cancel = new CancellationTokenSource();
        var call = pool.TakeAsync(Key, cancel.Token);
        await first.WaitForArrivalAsync();

        await cancel.CancelAsync();

        Assert.ThrowsAsync<TaskCanceledException>(() => call.DefaultTimeout());
        Assert.That((await TakeAsync(pool)).Number, Is.EqualTo(2), "the gate is free again");
    }

    [Test]
    public async Task AStartThatFails_FailsItsOwnCallAlone()
    {
        await using var pool = Pool();
        var first = Hold(1);
        _failing = 1;
        var (failing, other) = (TakeAsync(pool), TakeAsync(pool));
        await first.WaitForArrivalAsync();

        first.Release();

        Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.That((await other).Number, Is.EqualTo(2));
    }

    [Test]
    public async Task Kill_ReachesTheCallsThatWait()
    {
        await using var pool = Pool();
        var busy = await _gate.EnterAsync(isWaitedFor: true, CancellationToken.None);
        var call = TakeAsync(pool);
        var reason = CallerTools.Broken("a file");

        pool.Kill(reason);

        Assert.That(Assert.ThrowsAsync<CliFailureException>(() => call), Is.SameAs(reason));
        busy.Dispose();
        Assert.That((await TakeAsync(pool)).Number, Is.EqualTo(1));
    }

    private static Task<FakeSession> TakeAsync(CliSessionPool<FakeSession> pool) =>
        pool.TakeAsync(Key, CancellationToken.None).DefaultTimeout();

    private CliSessionPool<FakeSession> Pool(int warm = 0) =>
        new(StartAsync, new CliSessionPoolOptions { Warm = warm }, _gate, _time, _logging.CreateLogger("pool"));

    /// <summary>The start of that number waits for its release.</summary>
    private SyncPoint Hold(int number) => _held[number] = new SyncPoint();

    private async Task<FakeSession> StartAsync(CliSessionKey key, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _count);
        if (_held.TryGetValue(number, out var held))
        {
            try
            {
                await held.ArriveAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _ended++;
                throw;
            }
        }

        return number == _failing
            ? throw new InvalidOperationException("no")
            : new FakeSession(key.Model!, number) { CanServeAgain = true };
    }
}
