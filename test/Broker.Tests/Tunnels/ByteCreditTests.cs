using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>The bytes that an item may have under way, and what crosses them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ByteCreditTests
{
    private const int EventChars = 256 * 1024;

    private readonly TunnelRig _rig = new();

    [Test]
    public async Task Accept_MoreBytesThanTheWindow_FailsThatItemAlone()
    {
        var session = Connect(TunnelProtocol.BytesFeature);
        await using var bad = Start(session, "bad");
        await using var good = Start(session, "good");
        for (var sequence = 2UL; sequence <= 6; sequence++)
        {
            session.Receive(Text("bad", sequence));
        }

        foreach (var frame in Frames.Answer("good", "fine").Skip(1))
        {
            session.Receive(frame);
        }

        var last = (await bad.ReadToEndAsync())[^1].Failed;
        Assert.That(last.Kind, Is.EqualTo(FailureKind.TunnelFailed));
        Assert.That(last.Message, Does.Contain("more bytes"));
        Assert.That((await good.ReadToEndAsync())[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Accept_OneEventBeyondTheWindow_MayGo()
    {
        var session = Connect(TunnelProtocol.BytesFeature);
        await using var work = Start(session, "w");
        session.Receive(Text("w", 2, (4 * EventChars) - 100));
        session.Receive(Text("w", 3, TunnelProtocol.MaxEventBytes - 100));
        session.Receive(Frames.Event("w", 4, WorkEvents.Finished(StopReason.EndTurn)));

        Assert.That((await work.ReadToEndAsync())[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task TryRead_HalfOfTheBytesTaken_SaysSo()
    {
        var session = Connect(TunnelProtocol.BytesFeature);
        await using var work = Start(session, "w");
        Assert.That(session.Sending.TryRead(out _), Is.True, "the item itself");
        for (var sequence = 2UL; sequence <= 5; sequence++)
        {
            session.Receive(Text("w", sequence));
        }

        var taken = 0;
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            Assert.That(session.Sending.TryRead(out _), Is.False);
            Assert.That(work.TryRead(out var next), Is.True);
            taken += next!.CalculateSize();
        }

        Assert.That(session.Sending.TryRead(out var sent), Is.True);
        Assert.That(sent.Frame?.Credit, Is.EqualTo(new Credit { WorkId = "w", Through = 3, Events = 3, Bytes = (ulong)taken }));
        session.Receive(Text("w", 6));
        session.Receive(Text("w", 7));
        Assert.That(work.HasEnded, Is.False);
    }

    // A hundred events of 3.9 MB for a caller who does not read once took 370 MB.
    [Test]
    public async Task Accept_FromATunnelThatCountsNoBytes_IsBoundedTheSame()
    {
        var session = Connect();
        await using var work = Start(session, "w");
        var accepted = 0;
        for (var sequence = 2UL; sequence <= 101 && !work.HasEnded; sequence++)
        {
            session.Receive(Text("w", sequence, 3_900_000));
            accepted++;
        }

        Assert.That(accepted, Is.EqualTo((InFlightWork.MostUncounted / 3_900_000) + 2), "those that fit, one more, and the one that fails");
        Assert.That((await work.ReadToEndAsync())[^1].Failed.Kind, Is.EqualTo(FailureKind.TunnelFailed));
    }

    [Test]
    public async Task Accept_ManyBytesFromATunnelThatCountsNone_AreTakenWhileTheCallerReads()
    {
        var session = Connect();
        await using var work = Start(session, "w");
        Assert.That(work.TryRead(out _), Is.True);
        for (var sequence = 2UL; sequence <= 101; sequence++)
        {
            session.Receive(Text("w", sequence));
            Assert.That(work.TryRead(out var next), Is.True);
            Assert.That(next!.Text, Is.Not.Null);
        }
    }

    [Test]
    public async Task Accept_EventThatNoMessageMayHold_FailsThatItem()
    {
        var session = Connect();
        await using var work = Start(session, "w");

        session.Receive(Text("w", 2, TunnelProtocol.MaxMessageBytes));

        Assert.That((await work.ReadToEndAsync())[^1].Failed.Message, Does.Contain("too large"));
    }

    [Test]
    public async Task Accept_FailureWithALongMessage_IsCut()
    {
        var session = Connect();
        await using var work = Start(session, "w");

        session.Receive(Frames.Event("w", 2, WorkEvents.Failed(FailureKind.Upstream, new string('x', 3_000_000))));

        Assert.That((await work.ReadToEndAsync())[^1].Failed.Message, Has.Length.EqualTo(TunnelProtocol.MaxFailureChars));
    }

    [Test]
    public async Task Accept_ToolCallWithAHugeId_FailsThatItem()
    {
        var session = Connect();
        await using var work = Start(session, "w");

        session.Receive(Frames.Event("w", 2, WorkEvents.ToolCallStarted(new string('x', 3_000_000), "t")));

        Assert.That((await work.ReadToEndAsync())[^1].Failed.Message, Does.Contain("too long").And.Length.LessThan(300));
    }

    private static ClientFrame Text(string workId, ulong sequence, int length = EventChars) =>
        Frames.Event(workId, sequence, WorkEvents.Text(new string('x', length)));

    private static InFlightWork Start(TunnelSession session, string workId)
    {
        var work = session.Account.Start(session, new WorkItem { WorkId = workId });
        session.Receive(Frames.Event(workId, 1, WorkEvents.Started()));
        return work;
    }

    private TunnelSession Connect(params string[] features)
    {
        var hello = Frames.Hello();
        hello.Features.Add(features);
        return _rig.Connect(hello);
    }
}
