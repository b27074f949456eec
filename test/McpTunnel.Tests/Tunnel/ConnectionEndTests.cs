using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>How a connection ends, on a call without a network and a clock that the test turns.</summary>
public sealed class ConnectionEndTests
{
    private WatchedTime _time = null!;
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _loggers = null!;
    private CliCatalog _catalog = null!;
    private CancellationTokenSource _stop = null!;
    private FakeCall _call = null!;
    private RunningCalls _calls = null!;
    private WorkRunner? _runner;
    private ResponseStore? _store;

    [SetUp]
    public void SetUp()
    {
        _time = new WatchedTime();
        _logs = new NoErrorLogs();
        _loggers = _logs.CreateFactory();
        _catalog = new CliCatalog([], _time, _loggers.CreateLogger<CliCatalog>());
        _stop = new CancellationTokenSource();
        _calls = new RunningCalls(_time);
        _call = new FakeCall(_time);
    }

    [TearDown]
    public void TearDown()
    {
        _runner?.Dispose();
        _store?.Dispose();
        _catalog.Dispose();
        _stop.Dispose();
        _loggers.Dispose();
        _logs.Dispose();
    }

    [Test]
    public async Task WriteAsync_FailsWhileTheCallLives_EndsTheConnectionSoon()
    {
        await using var connection = Connect(FakeAdapter.Of());
        var soon = _time.WhenTimerAsync(TimeSpan.FromSeconds(1));
        _call.Requests.Failure = new InvalidOperationException("Another write is under way.");
        _call.Send(new BrokerFrame { Ping = new Ping() });
        await soon;

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await connection.ServeAsync().DefaultTimeout()).Kind, Is.EqualTo(ConnectionEndKind.Lost));
    }

    [Test]
    public async Task DisposeAsync_DrainingAndTheBrokerReadsSlowly_WritesTheWholeAnswer()
    {
        var adapter = FakeAdapter.Of(WorkEvents.Text("a"), WorkEvents.Finished(StopReason.EndTurn));
        var connection = Connect(adapter);
        var pause = _call.Requests.Pause = new SyncPoint();
        _call.Send(Work("w"));
        await pause.WaitForArrivalAsync();
        await adapter.WhenEndedAsync();
        _call.Send(new BrokerFrame { Drain = new Drain() });
        Assert.That((await connection.ServeAsync().DefaultTimeout()).Kind, Is.EqualTo(ConnectionEndKind.Drained));

        var disposing = connection.DisposeAsync().AsTask();
        _time.Advance(TunnelProtocol.DeadAfter - TimeSpan.FromSeconds(1));
        Assert.That(disposing.IsCompleted, Is.False);
        pause.Release();

        var frames = await _call.Requests.AllAsync();
        Assert.That((frames[^2].Event?.Finished?.StopReason, frames[^1].Goodbye?.Reason), Is.EqualTo((StopReason.EndTurn, "drained")));
        _call.End();
        await disposing.DefaultTimeout();
    }

    [Test]
    public async Task DisposeAsync_StoppedWithAnItemThatDoesNotEnd_StillSaysGoodbye()
    {
        var held = new SyncPoint();
        var connection = Connect(new FakeAdapter((_, _) => Deaf(held)));
        _call.Send(Work("w"));
        await held.WaitForArrivalAsync();
        await _stop.CancelAsync();

        var disposing = connection.DisposeAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await _call.Requests.AllAsync())[^1].Goodbye?.Reason, Is.EqualTo("stopped"));
        held.Release();
        await disposing.DefaultTimeout();
    }

    [Test]
    public async Task DisposeAsync_ItemReadAfterTheCut_IsEndedToo()
    {
        var connection = Connect(FakeAdapter.Of());
        _call.AfterCut = Work("late", credit: 0);

        await connection.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That((_calls.Now.Count, _calls.Failed), Is.EqualTo((0, 1L)));
    }

    private static BrokerFrame Work(string id, uint credit = TunnelProtocol.CreditWindow) =>
        new() { Work = new WorkItem { WorkId = id, Provider = "fake", Model = "m", InitialCredit = credit } };

    private static async IAsyncEnumerable<WorkEvent> Deaf(SyncPoint held)
    {
        await held.ArriveAsync(CancellationToken.None);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private TunnelConnection Connect(FakeAdapter adapter)
    {
        _store = new ResponseStore(_time);
        _runner = new WorkRunner([adapter], new WorkOptions(), _calls, _time, _loggers.CreateLogger<WorkRunner>());
        var work = new InFlightWork(_runner, _store, _loggers.CreateLogger<InFlightWork>());
        var logger = _loggers.CreateLogger<TunnelConnection>();
        return new TunnelConnection(_call.Stream, new Welcome(), new Catalog(), work, _catalog, _time, logger, _stop.Token);
    }

    /// <summary>Tells when a timer is set.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        private readonly ConcurrentDictionary<TimeSpan, TaskCompletionSource> _set = new();

        public Task WhenTimerAsync(TimeSpan due) => Of(due).Task.DefaultTimeout();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Of(dueTime).TrySetResult();
            return timer;
        }

        private TaskCompletionSource Of(TimeSpan due) =>
            _set.GetOrAdd(due, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
