using System.Runtime.CompilerServices;
using Grpc.Core;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class TunnelWorkerTests
{
    [Test]
    public async Task Worker_ConnectionLost_ComesBackAsTheSameTunnel()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        var first = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);

        first.End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.First);

        var second = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
        Assert.That(second.Hello?.TunnelId, Is.EqualTo(first.Hello?.TunnelId));
        Assert.That(tunnel.State.Connections, Is.EqualTo(2));
    }

    [Test]
    public async Task Worker_NoBroker_SaysSoAndTriesAgain()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync(broker: new Uri("http://127.0.0.1:1"));

        var first = await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.First);
        var second = await tunnel.ReachesAsync(TunnelPhase.Waiting);

        Assert.That(first.Error, Does.StartWith("No broker answers at http://127.0.0.1:1"));
        Assert.That(second.Since, Is.GreaterThan(first.Since));
    }

    [Test]
    public async Task Worker_BreaksAtOnceAgainAndAgain_WaitsLongerEachTime()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        (await fixture.Broker.WelcomeAsync()).End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.First);
        (await fixture.Broker.WelcomeAsync()).End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);

        fixture.Time.Advance(Backoff.First);
        Assert.That(tunnel.State.Current.Phase, Is.EqualTo(TunnelPhase.Waiting), "The second wait is the longer one.");
        fixture.Time.Advance(Backoff.First);

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [Test]
    public async Task Worker_AfterAStableConnection_WaitsShortlyAgain()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        (await fixture.Broker.WelcomeAsync()).End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.First);
        var stable = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);

        await LetLiveAsync(fixture, stable, TunnelConnection.StableAfter);
        stable.End();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(Backoff.First);

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [Test]
    public async Task Worker_RefusedForGood_StopsAndFreesTheLease()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        await tunnel.ReachesAsync(TunnelPhase.Connecting);
        var other = await fixture.StartTunnelAsync();
        await other.ReachesAsync(TunnelPhase.StandingBy);
        var peer = await fixture.Broker.AcceptAsync();

        var refused = new Refused { Reason = RefusalReason.Unauthenticated, Permanent = true, Message = "Unknown token." };
        await peer.SendAsync(new BrokerFrame { Refused = refused });

        Assert.That((await tunnel.ReachesAsync(TunnelPhase.Refused)).Error, Is.EqualTo("Unknown token."));
        await tunnel.Worker.ExecuteTask!.DefaultTimeout();
        fixture.Time.Advance(TunnelLease.RetryInterval);
        await fixture.Broker.WelcomeAsync();
        await other.ReachesAsync(TunnelPhase.Online);
    }

    [TestCase(StatusCode.Unauthenticated)]
    [TestCase(StatusCode.PermissionDenied)]
    [TestCase(StatusCode.Unimplemented)]
    public async Task Worker_RejectedByAStatus_SaysSoAndTriesAgain(StatusCode status)
    {
        await using var fixture = await TunnelFixture.StartAsync();
        fixture.Broker.Rejection = new Grpc.Core.Status(status, "A gateway says no.");
        var tunnel = await fixture.StartTunnelAsync();
        Assert.That((await tunnel.ReachesAsync(TunnelPhase.Waiting)).Error, Does.Contain("A gateway says no.").And.Contain($"{status}"));

        fixture.Broker.Rejection = null;
        fixture.Time.Advance(Backoff.First);

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [TestCase(401)]
    [TestCase(403)]
    [TestCase(407)]
    [TestCase(502)]
    public async Task Worker_ProxyAnswersInTheBrokersPlace_TriesAgain(int httpStatus)
    {
        await using var fixture = await TunnelFixture.StartAsync();
        fixture.Broker.ProxyStatus = httpStatus;
        var tunnel = await fixture.StartTunnelAsync();
        await tunnel.ReachesAsync(TunnelPhase.Waiting);

        fixture.Broker.ProxyStatus = null;
        fixture.Time.Advance(Backoff.First);

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [Test]
    public async Task Worker_HelloWasLate_TriesAgain()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.AcceptAsync();

        // As the broker says it, see TunnelGate.
        var refused = new Refused { Message = "The tunnel said no hello in time.", RetryAfterMs = 200 };
        await peer.SendAsync(new BrokerFrame { Refused = refused });
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(200) + Backoff.First);

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [Test]
    public async Task Worker_LeaseFileCannotBeOpened_SaysSoAndDoesNotStandBy()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        fixture.Logs.Expect("StateFolderFailed");
        var paths = new TunnelPaths(fixture.State);
        paths.Create();
        var lease = paths.LeaseFile(fixture.Broker.Url, "pd_t");
        File.CreateSymbolicLink(lease, lease);

        var tunnel = await fixture.StartTunnelAsync();

        var error = (await tunnel.ReachesAsync(TunnelPhase.NotConfigured)).Error;
        Assert.That(error, Does.Contain(fixture.State).And.Contain("POLYDEV_STATE_DIR"));
    }

    [Test]
    public async Task Worker_RefusedForNow_WaitsAsLongAsTheBrokerAsks()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.AcceptAsync();
        var refused = new Refused { Reason = RefusalReason.TooManyTunnels, RetryAfterMs = 5000, Message = "Too many." };
        await peer.SendAsync(new BrokerFrame { Refused = refused });
        await tunnel.ReachesAsync(TunnelPhase.Waiting);

        fixture.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.That(tunnel.State.Current.Phase, Is.EqualTo(TunnelPhase.Waiting));
        fixture.Time.Advance(TimeSpan.FromSeconds(0.3));

        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
    }

    [Test]
    public async Task Worker_BrokerBeginsWithoutAWelcome_GivesItUp()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.AcceptAsync();

        await peer.SendAsync(new BrokerFrame { Ping = new Ping() });

        Assert.That((await tunnel.ReachesAsync(TunnelPhase.Waiting)).Error, Does.Contain("Ping").And.Contain("welcome"));
        Assert.That(tunnel.State.Connections, Is.Zero);
    }

    [Test]
    public async Task Worker_Drained_ReconnectsWhileItsWorkFinishesOnTheOldConnection()
    {
        var point = new SyncPoint();
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)));
        var tunnel = await fixture.StartTunnelAsync();
        var old = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
        await old.SendAsync(new WorkItem { WorkId = "w", Provider = "fake", Model = "m", InitialCredit = 10 });
        await point.WaitForArrivalAsync();

        await old.SendAsync(new BrokerFrame { Drain = new Drain { ReconnectAfterMs = 1000 } });
        await tunnel.ReachesAsync(TunnelPhase.Waiting);
        fixture.Time.Advance(TimeSpan.FromSeconds(1.2));
        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
        point.Release();

        Assert.That((await old.EventAsync()).Started, Is.Not.Null);
        Assert.That((await old.EventAsync()).Finished, Is.Not.Null);
        Assert.That((await old.ReceiveAsync()).Goodbye?.Reason, Is.EqualTo("drained"));
        await old.Left.DefaultTimeout();
    }

    [Test]
    public async Task Worker_SecondProcess_StandsByAndTakesOver()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var first = await fixture.StartTunnelAsync();
        await fixture.Broker.WelcomeAsync();
        await first.ReachesAsync(TunnelPhase.Online);
        var second = await fixture.StartTunnelAsync();
        await second.ReachesAsync(TunnelPhase.StandingBy);

        await first.Worker.StopAsync(CancellationToken.None).DefaultTimeout();
        fixture.Time.Advance(TunnelLease.RetryInterval);

        await fixture.Broker.WelcomeAsync();
        await second.ReachesAsync(TunnelPhase.Online);
    }

    [TestCase("""{"grpc":null}""", "does not say where")]
    [TestCase("""{"grpc":"ftp://127.0.0.1"}""", "does not say where")]
    [TestCase("<html>", "did not answer as a Polydev broker does")]
    public async Task Worker_AnswerOfNoBroker_SaysSo(string answer, string says)
    {
        await using var fixture = await TunnelFixture.StartAsync();
        fixture.Broker.WellKnown = answer;

        var tunnel = await fixture.StartTunnelAsync();

        Assert.That((await tunnel.ReachesAsync(TunnelPhase.Waiting)).Error, Does.Contain(says));
    }

    // In steps that the silence alarm bears, with a frame heard after each.
    private static async Task LetLiveAsync(TunnelFixture fixture, FakeBrokerPeer peer, TimeSpan length)
    {
        for (var lived = TimeSpan.Zero; lived < length; lived += TimeSpan.FromSeconds(10))
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(10));
            await peer.SendAsync(new BrokerFrame { Ping = new Ping() });
            Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null);
        }
    }

    private static async IAsyncEnumerable<WorkEvent> Waiting(SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled)
    {
        await point.ArriveAsync(cancelled);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }
}
