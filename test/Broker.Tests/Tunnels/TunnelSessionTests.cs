using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelSessionTests
{
    private readonly TunnelRig _rig = new();
    private TunnelSession _session = null!;

    [SetUp]
    public void SetUp() => _session = _rig.Connect();

    [Test]
    public async Task Run_Answer_GivesItsEventsInOrder()
    {
        var running = RunAsync("w1");
        Assert.That((await SentItemAsync()).WorkId, Is.EqualTo("w1"));

        Receive(Frames.Answer("w1", "Hel", "lo"));

        var events = await running.DefaultTimeout();
        Assert.That(events.Select(next => next.KindCase), Is.EqualTo(new[]
        {
            WorkEvent.KindOneofCase.Started, WorkEvent.KindOneofCase.Text, WorkEvent.KindOneofCase.Text, WorkEvent.KindOneofCase.Finished,
        }));
        Assert.That(_session.InFlight, Is.Zero);
        Assert.That(_session.Sending.TryRead(out _), Is.False, "a finished item needs no Cancel");
    }

    [Test]
    public async Task Run_TwoItems_KeepsTheirEventsApart()
    {
        var first = RunAsync("w1");
        var second = RunAsync("w2");

        foreach (var (one, two) in Frames.Answer("w1", "one").Zip(Frames.Answer("w2", "two")))
        {
            _session.Receive(two);
            _session.Receive(one);
        }

        Assert.That(Text(await first.DefaultTimeout()), Is.EqualTo("one"));
        Assert.That(Text(await second.DefaultTimeout()), Is.EqualTo("two"));
    }

    /// <summary>A timer need not bear both at once: that of the tests' clock does not.</summary>
    [Test]
    public async Task Dispose_TimerFiresMeanwhile_IsNotSetAnew()
    {
        var clock = new LateClock();
        var work = new InFlightWork("w1", _session, _rig.Registry.Account("owner"), TimeSpan.FromMinutes(1), clock);

        await work.DisposeAsync();

        Assert.That(clock.Changes, Is.Zero);
    }

    [Test]
    public async Task Run_CallerLeaves_SendsCancel()
    {
        using var leaving = new CancellationTokenSource();
        var running = RunAsync("w1", leaving.Token);
        await SentItemAsync();

        await leaving.CancelAsync();

        Assert.That(async () => await running.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await SentAsync()).Cancel.WorkId, Is.EqualTo("w1"));
        Assert.That(_session.InFlight, Is.Zero);
    }

    [Test]
    public async Task Run_SessionCloses_FailsAsTunnelLost()
    {
        var running = RunAsync("w1");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));

        _rig.Disconnect(_session);

        Assert.That((await running.DefaultTimeout())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelLost));
    }

    [Test]
    public void Receive_CatalogWithIdsThatAreNoNames_DropsThose()
    {
        _session.Receive(new ClientFrame { Catalog = new Catalog { Clis = { Frames.Cli("codex", "o3", "--bad", "b\u001b[2Jad") } } });

        Assert.That(_session.Clis.Single().Models.Select(model => model.Id), Is.EqualTo(new[] { "o3" }));
    }

    [Test]
    public async Task Run_OnAClosedSession_FailsAsTunnelLost()
    {
        _rig.Disconnect(_session);

        Assert.That((await RunAsync("w1").DefaultTimeout())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelLost));
    }

    [Test]
    public async Task Run_Silence_TimesOutAndCancels()
    {
        await using var work = Start("w1");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        Assert.That(work.TryRead(out _), Is.True);
        var waiting = work.WaitToReadAsync(CancellationToken.None).AsTask();
        _rig.Time.Advance(TimeSpan.FromSeconds(119));
        Assert.That(waiting.IsCompleted, Is.False);

        _rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(await waiting.DefaultTimeout(), Is.True);
        Assert.That(work.TryRead(out var last), Is.True);
        Assert.That(last!.Failed.Kind, Is.EqualTo(FailureKind.TimedOut));
        Assert.That(await work.WaitToReadAsync(CancellationToken.None), Is.False);
        await SentItemAsync();
        await work.DisposeAsync();
        Assert.That((await SentAsync()).Cancel.WorkId, Is.EqualTo("w1"));
    }

    [Test]
    public async Task Run_EventsNowAndThen_AreNoSilence()
    {
        await using var work = Start("w1");
        for (var sequence = 1UL; sequence <= 5; sequence++)
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(100));
            _session.Receive(Frames.Event("w1", sequence, sequence == 1 ? WorkEvents.Started() : WorkEvents.Text("x")));
            Assert.That(work.TryRead(out var next), Is.True);
            Assert.That(next!.KindCase, Is.Not.EqualTo(WorkEvent.KindOneofCase.Failed));
        }

        _rig.Time.Advance(TimeSpan.FromSeconds(120));

        Assert.That(work.TryRead(out var last), Is.True);
        Assert.That(last!.Failed.Kind, Is.EqualTo(FailureKind.TimedOut));
    }

    [Test]
    public async Task Run_TunnelThatDoesNotRead_TimesOutAllTheSame()
    {
        // Nobody takes what goes out: the item never leaves.
        await using var work = Start("w1");

        _rig.Time.Advance(TimeSpan.FromSeconds(120));

        Assert.That(work.TryRead(out var last), Is.True);
        Assert.That(last!.Failed.Kind, Is.EqualTo(FailureKind.TimedOut));
        Assert.That(work.HasEnded, Is.True, "the writer passes it over");
    }

    [Test]
    public void Stuck_FrameThatThePeerDoesNotTake_IsTold()
    {
        _session.BeginWrite();
        _rig.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.That(_session.Stuck, Is.EqualTo(TimeSpan.FromSeconds(31)));

        _session.EndWrite();

        Assert.That(_session.Stuck, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task Run_MoreThanAPeerCanBeSent_FailsThoseItems()
    {
        var all = Enumerable.Range(0, 5000).Select(index => Start($"w{index}")).ToList();

        Assert.That(all[0].HasEnded, Is.False);
        Assert.That(all[^1].TryRead(out var last), Is.True);
        Assert.That(last!.Failed.Kind, Is.EqualTo(FailureKind.Overloaded));
        foreach (var work in all)
        {
            await work.DisposeAsync();
        }
    }

    [Test]
    public async Task Run_SlowCaller_IsNoSilence()
    {
        await using var work = Start("w1");
        Receive(Frames.Answer("w1", "waiting"));
        _rig.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.That((await work.ReadToEndAsync())[^1].KindCase, Is.EqualTo(WorkEvent.KindOneofCase.Finished));
    }

    [Test]
    public async Task Receive_BatchOfSeveralItems_GivesEachItsOwn()
    {
        var first = RunAsync("w1");
        var second = RunAsync("w2");
        var batch = new EventBatch();
        foreach (var (one, two) in Frames.Answer("w1", "one").Zip(Frames.Answer("w2", "two")))
        {
            batch.Events.Add([one.Event, two.Event]);
        }

        _session.Receive(new ClientFrame { Events = batch });

        Assert.That(Text(await first.DefaultTimeout()), Is.EqualTo("one"));
        Assert.That(Text(await second.DefaultTimeout()), Is.EqualTo("two"));
    }

    [Test]
    public async Task Receive_EventsOfAnotherTunnelsItem_AreNotItsToSend()
    {
        var other = _rig.Connect("tunnel-2");
        var running = RunAsync("w1");

        foreach (var frame in Frames.Answer("w1", "forged"))
        {
            other.Receive(frame);
        }

        Receive(Frames.Answer("w1", "true"));
        Assert.That(Text(await running.DefaultTimeout()), Is.EqualTo("true"));
    }

    [Test]
    public async Task Run_IllegalEvent_FailsThatItemAlone()
    {
        var bad = RunAsync("w1");
        var good = RunAsync("w2");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Text("before Started")));
        Receive(Frames.Answer("w2", "fine"));

        Assert.That((await bad.DefaultTimeout())[^1].Failed.Message, Does.Contain("Text before Started"));
        Assert.That(Text(await good.DefaultTimeout()), Is.EqualTo("fine"));
    }

    [Test]
    public async Task Run_MoreThanTheCredit_FailsThatItem()
    {
        await using var work = Start("w1");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        for (var sequence = 2UL; sequence <= TunnelProtocol.CreditWindow + 1; sequence++)
        {
            _session.Receive(Frames.Event("w1", sequence, WorkEvents.Text("x")));
        }

        Assert.That((await work.ReadToEndAsync())[^1].Failed.Message, Does.Contain("credit"));
    }

    [Test]
    public async Task Run_LastWordBeyondTheCredit_IsHeard()
    {
        await using var work = Start("w1");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        for (var sequence = 2UL; sequence <= TunnelProtocol.CreditWindow; sequence++)
        {
            _session.Receive(Frames.Event("w1", sequence, WorkEvents.Text("x")));
        }

        _session.Receive(Frames.Event("w1", TunnelProtocol.CreditWindow + 1, WorkEvents.Failed(FailureKind.TunnelLost, "going")));

        Assert.That((await work.ReadToEndAsync())[^1].Failed.Message, Is.EqualTo("going"));
    }

    [Test]
    public async Task Run_ReaderTakesTheLastEventLate_GivesTheTunnelItsWholeTime()
    {
        await using var work = Start("w1");
        _session.Receive(Frames.Event("w1", 1, WorkEvents.Started()));
        _rig.Time.Advance(TimeSpan.FromSeconds(180));
        Assert.That(work.TryRead(out _), Is.True);

        _rig.Time.Advance(TimeSpan.FromSeconds(119));
        Assert.That(work.TryRead(out _), Is.False, "the tunnel has been waited for for 119 seconds only");

        _rig.Time.Advance(TimeSpan.FromSeconds(121));
        Assert.That(work.TryRead(out var last), Is.True);
        Assert.That(last!.Failed.Kind, Is.EqualTo(FailureKind.TimedOut));
    }

    [Test]
    public async Task Run_LongAnswer_SaysThroughWhereItIsTaken()
    {
        var running = RunAsync("w1");
        await SentItemAsync();

        var (through, counted) = (0UL, 0UL);
        for (var sequence = 1UL; sequence <= 3 * TunnelProtocol.CreditWindow; sequence++)
        {
            while (sequence > through + TunnelProtocol.CreditWindow)
            {
                var credit = (await SentAsync()).Credit;
                through = credit.Through;

                // A tunnel that does not know the sum adds up the same.
                counted += credit.Events;
                Assert.That(counted, Is.EqualTo(through));
            }

            _session.Receive(Frames.Event("w1", sequence, sequence == 1 ? WorkEvents.Started() : WorkEvents.Text("x")));
        }

        while (3 * TunnelProtocol.CreditWindow + 1 > (int)through + TunnelProtocol.CreditWindow)
        {
            through = (await SentAsync()).Credit.Through;
        }

        _session.Receive(Frames.Event("w1", 3 * TunnelProtocol.CreditWindow + 1, WorkEvents.Finished(StopReason.EndTurn)));
        Assert.That(Text(await running.DefaultTimeout()), Has.Length.EqualTo(3 * TunnelProtocol.CreditWindow - 1));
    }

    private InFlightWork Start(string workId) => _session.Account.Start(_session, new WorkItem { WorkId = workId });

    private async Task<List<WorkEvent>> RunAsync(string workId, CancellationToken cancellationToken = default)
    {
        await using var work = Start(workId);
        return await work.ReadToEndAsync(cancellationToken);
    }

    private async Task<BrokerFrame> SentAsync() => (await _session.Sending.ReadAsync().AsTask().DefaultTimeout()).Frame!;

    private async Task<WorkItem> SentItemAsync() => (await _session.Sending.ReadAsync().AsTask().DefaultTimeout()).Item!;

    private void Receive(IEnumerable<ClientFrame> frames)
    {
        foreach (var frame in frames)
        {
            _session.Receive(frame);
        }
    }

    private static string Text(IEnumerable<WorkEvent> events) => string.Concat(events.Select(next => next.Text?.Text));

    /// <summary>Its one timer fires as it is disposed.</summary>
    private sealed class LateClock : TimeProvider, ITimer
    {
        private Action _fire = () => { };

        public int Changes { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Changes++;
            return true;
        }

        public void Dispose() => _fire();

        public ValueTask DisposeAsync()
        {
            _fire();
            return default;
        }
    }
}

/// <summary>Reads work as the API does.</summary>
internal static class WorkReading
{
    public static async Task<List<WorkEvent>> ReadToEndAsync(this InFlightWork work, CancellationToken cancellationToken = default)
    {
        var all = new List<WorkEvent>();
        while (await work.WaitToReadAsync(cancellationToken).AsTask().DefaultTimeout())
        {
            while (work.TryRead(out var next))
            {
                all.Add(next);
            }
        }

        return all;
    }
}
