using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;
using Kind = Polydev.Protos.V1.WorkEvent.KindOneofCase;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class TunnelConnectionTests
{
    [Test]
    public async Task Hello_NewConnection_TellsWhoAndWhat()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync("pd_secret");

        var peer = await fixture.Broker.AcceptAsync();

        Assert.That(peer.Authorization, Is.EqualTo("Bearer pd_secret"));
        Assert.That(peer.Hello, Is.Not.Null);
        Assert.That(peer.Hello!.Protocol, Is.EqualTo(TunnelProtocol.Version));
        Assert.That(peer.Hello.Slots, Is.EqualTo(8));
        Assert.That(peer.Hello.Features, Is.EquivalentTo(TunnelProtocol.Features));
        Assert.That(peer.Hello.Catalog.Clis.Select(cli => cli.Provider), Is.EqualTo(new[] { Providers.Echo }));
    }

    [Test]
    public async Task Work_Echo_ComesBackAsLegalEvents()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();

        await peer.SendAsync(Echo("w", "one two"));

        var answer = await AnswerAsync(peer);
        Assert.That(answer.Text, Is.EqualTo("one two"));
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
    }

    [Test]
    public async Task Ping_AnyTime_IsAnsweredWithItsNonce()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();

        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 7 } });

        Assert.That((await peer.ReceiveAsync()).Pong, Is.EqualTo(new Pong { Nonce = 7 }));
    }

    [Test]
    public async Task Ping_WhileAnItemStarves_IsStillAnswered()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Echo("slow", "a b c d", credit: 1));
        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Started));

        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 1 } });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "Nothing but the pong: the slow item has no credit.");
        await peer.SendAsync(Echo("fast", "x"));
        Assert.That((await AnswerAsync(peer)).Text, Is.EqualTo("x"), "Another item is not held up.");

        await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "slow", Events = 2 } });
        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("a "));
        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("b "));
        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 2 } });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "Two credits bought two events.");
    }

    [Test]
    public async Task Ping_WhileAnAdapterHoldsItsThread_IsStillAnswered()
    {
        using var held = new ManualResetEventSlim();
        var adapter = new FakeAdapter((_, _) => Holding(held));
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Fake("held"));

        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 3 } });

        var first = await peer.ReceiveAsync();
        var pong = first.Pong ?? (await peer.ReceiveAsync()).Pong;
        held.Set();
        Assert.That(pong?.Nonce, Is.EqualTo(3));
    }

    [Test]
    public async Task Catalog_ChangedBeforeTheWelcome_IsToldAfterIt()
    {
        var adapter = FakeAdapter.Of();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.AcceptAsync();
        adapter.Info = new CliInfo { Provider = "fake", State = CliState.NotLoggedIn };
        await fixture.Catalog.DetectAsync(CancellationToken.None);

        await peer.SendAsync(new BrokerFrame { Welcome = new Welcome { SessionId = "s" } });

        var told = (await peer.ReceiveAsync()).Catalog;
        Assert.That(told?.Clis.Single(cli => cli.Provider == "fake").State, Is.EqualTo(CliState.NotLoggedIn));
    }

    [Test]
    public async Task Credit_BrokerWithThrough_CountsWhatTheCallerHasTaken()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync(TunnelProtocol.ThroughFeature);
        await peer.SendAsync(Echo("w", "a b c d", credit: 2));
        Assert.That(((await peer.EventAsync()).KindCase, (await peer.EventAsync()).Text.Text), Is.EqualTo((Kind.Started, "a ")));

        await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "w", Through = 1, Events = 100 } });
        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("b "));
        await peer.SendAsync(new BrokerFrame { Ping = new Ping() });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "Taken through 1, with a window of 2: three events in all.");

        await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "w", Through = 3 } });
        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("c "));
        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("d"));
    }

    [Test]
    public async Task Credit_BrokerWithoutThrough_CountsWhatItGrants()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Echo("w", "a b c d", credit: 1));
        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Started));

        await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "w", Events = 1, Through = 100 } });

        Assert.That((await peer.EventAsync()).Text.Text, Is.EqualTo("a "));
        await peer.SendAsync(new BrokerFrame { Ping = new Ping() });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "One grant, one event.");
    }

    [Test]
    public async Task Work_BrokerTakesBatches_ComesBackInOneFrame()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync(TunnelProtocol.BatchFeature);

        await peer.SendAsync(Echo("w", "one two three"));

        var events = (await peer.ReceiveAsync()).Events?.Events;
        Assert.That(events?.Select(next => next.Sequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(events![^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task Work_BrokerTakesNoBatches_ComesBackInAFrameForEachEvent()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync(TunnelProtocol.ThroughFeature);

        await peer.SendAsync(Echo("w", "one two three"));

        for (var sequence = 1ul; sequence <= 6; sequence++)
        {
            Assert.That((await peer.ReceiveAsync()).Event?.Sequence, Is.EqualTo(sequence));
        }
    }

    [Test]
    public async Task Work_InChunks_IsPutTogether()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        var text = new string('x', (2 * TunnelProtocol.ChunkBytes) + 5);
        var frames = Chunks(Echo("w", text));
        Assert.That(frames, Has.Count.EqualTo(3));

        foreach (var frame in frames)
        {
            await peer.SendAsync(frame);
        }

        Assert.That((await AnswerAsync(peer)).Text, Is.EqualTo(text));
    }

    [Test]
    public async Task Chunks_OutOfOrder_FailTheirItemOnceAndNoOther()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();

        for (uint index = 1; index <= 3; index++)
        {
            var chunk = new WorkItemChunk { WorkId = "bad", Index = index, Data = ByteString.CopyFromUtf8("x"), Last = index == 3 };
            await peer.SendAsync(new BrokerFrame { Chunk = chunk });
        }

        await peer.SendAsync(Echo("good", "x"));

        var first = await peer.EventAsync();
        Assert.That((first.WorkId, first.Sequence, first.Failed?.Kind), Is.EqualTo(("bad", 1ul, (FailureKind?)FailureKind.TunnelFailed)));
        Assert.That((await AnswerAsync(peer)).Text, Is.EqualTo("x"));
    }

    [Test]
    public async Task Chunks_AfterTheirCancel_ArePassedOver()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        var frames = Chunks(Echo("w", new string('x', (2 * TunnelProtocol.ChunkBytes) + 5)));

        await peer.SendAsync(frames[0]);
        await peer.SendAsync(new BrokerFrame { Cancel = new Cancel { WorkId = "w" } });
        await peer.SendAsync(frames[1]);
        await peer.SendAsync(frames[2]);
        await peer.SendAsync(new BrokerFrame { Ping = new Ping { Nonce = 7 } });

        Assert.That((await peer.ReceiveAsync()).Pong, Is.EqualTo(new Pong { Nonce = 7 }));
    }

    [Test]
    public async Task Cancel_RunningItem_EndsItsTurn()
    {
        var point = new SyncPoint();
        var adapter = new FakeAdapter((_, cancelled) => Waiting(point, cancelled));
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Fake("w"));
        await point.WaitForArrivalAsync();

        await peer.SendAsync(new BrokerFrame { Cancel = new Cancel { WorkId = "w" } });

        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Started));
        Assert.That((await peer.EventAsync()).Failed?.Kind, Is.EqualTo(FailureKind.Cancelled));
    }

    [Test]
    public async Task Work_SameIdTwice_RunsOnce()
    {
        var point = new SyncPoint();
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)));
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Fake("w"));
        await point.WaitForArrivalAsync();

        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Started));

        await peer.SendAsync(Fake("w"));
        await peer.SendAsync(new BrokerFrame { Ping = new Ping() });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "The second one started nothing.");
        point.Release();

        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Finished));
    }

    [Test]
    public async Task Catalog_DetectionFindsAnother_IsToldOnce()
    {
        var adapter = FakeAdapter.Of();
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();

        await fixture.Catalog.DetectAsync(CancellationToken.None);
        adapter.Info = new CliInfo { Provider = "fake", State = CliState.NotLoggedIn, Hint = "Log in." };
        await fixture.Catalog.DetectAsync(CancellationToken.None);

        var told = (await peer.ReceiveAsync()).Catalog;
        Assert.That(told?.Clis.Single(cli => cli.Provider == "fake").State, Is.EqualTo(CliState.NotLoggedIn));
        Assert.That(peer.HasFrame, Is.False);
    }

    [Test]
    public async Task Broker_Silent_IsGivenUpAfterDeadAfter()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var tunnel = await fixture.StartTunnelAsync();
        await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);

        fixture.Time.Advance(TunnelProtocol.DeadAfter);

        Assert.That((await tunnel.ReachesAsync(TunnelPhase.Waiting)).Error, Does.Contain("silent for 15 s"));
    }

    [Test]
    public async Task Broker_ClosesMidAnswer_EndsTheTurn()
    {
        var point = new SyncPoint();
        var ended = new TaskCompletionSource();
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, cancelled) => Waiting(point, cancelled, ended)));
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Fake("w"));
        await point.WaitForArrivalAsync();

        peer.End();

        await ended.Task.DefaultTimeout();
    }

    [Test]
    public async Task Stop_WithRunningWork_TellsItsEndAndSaysGoodbye()
    {
        var point = new SyncPoint();
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, cancelled) => Waiting(point, cancelled)));
        var tunnel = await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        await peer.SendAsync(Fake("w"));
        await point.WaitForArrivalAsync();

        var stopping = tunnel.Worker.StopAsync(CancellationToken.None);

        Assert.That((await peer.EventAsync()).KindCase, Is.EqualTo(Kind.Started));
        Assert.That((await peer.EventAsync()).Failed?.Kind, Is.EqualTo(FailureKind.TunnelLost));
        Assert.That((await peer.ReceiveAsync()).Goodbye, Is.Not.Null);
        peer.End();
        await stopping.DefaultTimeout();
    }

    private static WorkItem Echo(string id, string text, uint credit = TunnelProtocol.CreditWindow) => new()
    {
        WorkId = id,
        Provider = Providers.Echo,
        Model = KnownModels.Echo,
        InitialCredit = credit,
        Messages = { new Message { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } } },
    };

    // Copied: a frame shows memory that goes back to its pool.
    private static List<BrokerFrame> Chunks(WorkItem item)
    {
        using var chunks = new WorkItemChunks(item, item.CalculateSize());
        var frames = new List<BrokerFrame>();
        while (chunks.TryNext(out var frame))
        {
            frames.Add(BrokerFrame.Parser.ParseFrom(frame.ToByteArray()));
        }

        return frames;
    }

    private static WorkItem Fake(string id) =>
        new() { WorkId = id, Provider = "fake", Model = "m", InitialCredit = TunnelProtocol.CreditWindow };

    private static async Task<Answer> AnswerAsync(FakeBrokerPeer peer)
    {
        var answer = new Answer();
        var grammar = new WorkEventGrammar();
        while (!grammar.IsOver)
        {
            var next = await peer.EventAsync();
            Assert.That(grammar.Check(next), Is.Null);
            answer.Add(next);
        }

        return answer;
    }

    private static async IAsyncEnumerable<WorkEvent> Holding(ManualResetEventSlim held)
    {
        Assert.That(held.Wait(TaskTimeouts.Default), Is.True);
        await Task.CompletedTask;
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Waiting(
        SyncPoint point, [EnumeratorCancellation] CancellationToken cancelled, TaskCompletionSource? ended = null)
    {
        try
        {
            await point.ArriveAsync(cancelled);
            yield return WorkEvents.Finished(StopReason.EndTurn);
        }
        finally
        {
            ended?.TrySetResult();
        }
    }
}
