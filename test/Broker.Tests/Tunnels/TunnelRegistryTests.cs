using Polydev.Broker.Presence;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelRegistryTests
{
    private readonly TunnelRig _rig = new();

    [Test]
    public async Task Add_SameTunnelAgain_ReplacesAndClosesTheOlder()
    {
        var older = _rig.Connect();
        var newer = _rig.Connect();

        Assert.That((await FindAsync()).Online.Select(tunnel => tunnel.SessionId), Is.EqualTo(new[] { newer.Id }));
        Assert.That(older.Sending.Completion.IsCompleted, Is.True);
        Assert.That(newer.Sending.Completion.IsCompleted, Is.False);
    }

    [Test]
    public async Task Add_SuccessorOfADrainingSession_LeavesItsAnswersRunning()
    {
        var older = _rig.Connect();
        var work = older.Account.Start(older, new WorkItem { WorkId = "w1" });
        older.Drain(TimeSpan.Zero);

        var newer = _rig.Connect();
        foreach (var frame in Frames.Answer("w1", "to the end"))
        {
            older.Receive(frame);
        }

        Assert.That((await work.ReadToEndAsync()).Select(next => next.KindCase).Last(), Is.EqualTo(WorkEvent.KindOneofCase.Finished));
        var online = (await FindAsync()).Online.Select(tunnel => (tunnel.SessionId, tunnel.IsDraining));
        Assert.That(online, Is.EqualTo(new[] { (older.Id, true), (newer.Id, false) }));
    }

    [Test]
    public void TryAdd_MoreThanAnAccountMayHave_IsFalseForThatOneAlone()
    {
        var rig = new TunnelRig(new TunnelOptions { MaxSessions = 2, AwaitFirst = TimeSpan.Zero });
        var (first, second) = (rig.Connect("t1"), rig.Connect("t2"));

        Assert.That(rig.Registry.TryAdd(Session("t3")), Is.False);
        Assert.That(rig.Registry.All, Is.EquivalentTo(new[] { first, second }));

        rig.Connect(Frames.Hello("t3"), "somebody else");
        rig.Connect("t2");
        Assert.That(second.IsClosed, Is.True, "Its own successor takes its place.");
        first.Drain(TimeSpan.Zero);
        Assert.That(rig.Registry.TryAdd(Session("t1")), Is.True, "One that drains has its successor beside it.");

        TunnelSession Session(string tunnelId) =>
            new(rig.Registry.Account("owner"), Frames.Hello(tunnelId), rig.Time) { TokenId = "token1" };
    }

    [Test]
    public async Task Remove_TheOlderAfterItsSuccessorCame_LeavesTheSuccessor()
    {
        var older = _rig.Connect();
        var newer = _rig.Connect();

        _rig.Registry.Remove(older);

        Assert.That((await FindAsync()).Online.Select(tunnel => tunnel.SessionId), Is.EqualTo(new[] { newer.Id }));
        Assert.That(_rig.Registry.Find(older.Id), Is.Null);
        Assert.That(_rig.Registry.Find(newer.Id), Is.SameAs(newer));
    }

    [Test]
    public void Add_BrokerStopsMeanwhile_ClosesTheNewcomer()
    {
        _rig.Registry.Close();

        Assert.That(_rig.Connect().IsClosed, Is.True);
    }

    [Test]
    public void Find_SessionThatTakesNoWork_IsNone()
    {
        var draining = _rig.Connect("t1");
        draining.Drain(TimeSpan.Zero);
        var closed = _rig.Connect("t2");
        closed.Close();

        Assert.That(_rig.Registry.Find(draining.Id), Is.Null);
        Assert.That(_rig.Registry.Find(closed.Id), Is.Null);
    }

    [Test]
    public async Task Find_AnotherAccount_SeesNothing()
    {
        _rig.Connect();

        Assert.That((await _rig.Registry.FindAsync("somebody", CancellationToken.None)).Online, Is.Empty);
    }

    [Test]
    public async Task IsAwaited_TunnelCutOff_UntilItsLongestWaitIsOver()
    {
        var session = _rig.Connect();
        Assert.That((await FindAsync()).IsAwaited, Is.False);

        _rig.Disconnect(session);

        Assert.That((await FindAsync()).IsAwaited, Is.True);
        _rig.Time.Advance(new TunnelOptions().AwaitReturn);
        Assert.That((await FindAsync()).IsAwaited, Is.False);
    }

    [Test]
    public async Task IsAwaited_TunnelSaidGoodbye_IsFalse()
    {
        var session = _rig.Connect();
        session.Receive(new ClientFrame { Goodbye = new Goodbye { Reason = "stopped" } });

        _rig.Disconnect(session);

        Assert.That((await FindAsync()).IsAwaited, Is.False);
    }

    [Test]
    public async Task IsAwaited_TunnelDrains_UntilItsSuccessorIsHere()
    {
        var older = _rig.Connect();
        older.Drain(TimeSpan.Zero);
        Assert.That((await FindAsync()).IsAwaited, Is.True);

        _rig.Connect();

        Assert.That((await FindAsync()).IsAwaited, Is.False);
    }

    [Test]
    public async Task IsAwaited_BrokerHasJustStarted_ForAWhile()
    {
        var rig = new TunnelRig(new TunnelOptions());
        Assert.That((await rig.Registry.FindAsync("owner", CancellationToken.None)).IsAwaited, Is.True);

        rig.Time.Advance(new TunnelOptions().AwaitFirst);

        Assert.That((await rig.Registry.FindAsync("owner", CancellationToken.None)).IsAwaited, Is.False);
    }

    [Test]
    public async Task Departed_ManyTunnelsOfOneAccount_AreRememberedToABound()
    {
        for (var index = 0; index < 50; index++)
        {
            var hello = Frames.Hello($"t{index}", Frames.Cli("codex"));
            hello.MachineName = $"desk-{index}";
            _rig.Disconnect(_rig.Connect(hello));
        }

        Assert.That((await FindAsync()).Departed, Has.Count.EqualTo(8));
    }

    [Test]
    public async Task WhenIdle_TheLastWorkEnds_EndsWithoutTheClock()
    {
        var session = _rig.Connect();
        var works = new[] { "w1", "w2" }.Select(id => session.Account.Start(session, new WorkItem { WorkId = id })).ToList();
        _rig.Registry.Close();
        var idle = _rig.Registry.WhenIdleAsync(CancellationToken.None);

        await works[0].DisposeAsync();
        Assert.That(idle.IsCompleted, Is.False);
        await works[1].DisposeAsync();

        await idle.DefaultTimeout();
    }

    [Test]
    public async Task WaitForChange_TunnelConnects_Ends()
    {
        var waiting = _rig.Registry.WaitForChangeAsync(await FindAsync(), CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False);

        _rig.Connect();

        await waiting.DefaultTimeout();
    }

    [Test]
    public async Task Summarize_DrainingTunnelAndItsSuccessor_IsOneTunnel()
    {
        var older = _rig.Connect();
        older.Account.Start(older, new WorkItem { WorkId = "w1" });
        older.Drain(TimeSpan.Zero);
        _rig.Connect();

        Assert.That(await _rig.Registry.SummarizeAsync(CancellationToken.None), Is.EqualTo(new DirectorySummary(1, 1)));
    }

    private ValueTask<AccountTunnels> FindAsync() => _rig.Registry.FindAsync("owner", CancellationToken.None);
}
