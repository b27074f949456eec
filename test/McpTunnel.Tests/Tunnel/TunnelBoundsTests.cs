using Google.Protobuf;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>What is too much, or cannot be sent, costs its item and not the tunnel.</summary>
public sealed class TunnelBoundsTests
{
    [TestCase("tool id")]
    [TestCase("failure")]
    [TestCase("surrogate")]
    [TestCase("crash")]
    public async Task Work_CliSaysWhatCannotBeSent_LeavesTheTunnelOnline(string what)
    {
        var adapter = new FakeAdapter((item, _) => Answer(item.WorkId == "good" ? item.WorkId : what));
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        var tunnel = await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync([.. TunnelProtocol.Features]);
        await peer.SendAsync(Item("bad"));
        Assert.That((await LastOfAsync(peer, "bad")).KindCase, Is.EqualTo(
            what == "surrogate" ? WorkEvent.KindOneofCase.Finished : WorkEvent.KindOneofCase.Failed));

        await peer.SendAsync(Item("good"));

        Assert.That((await LastOfAsync(peer, "good")).Finished, Is.Not.Null);
        Assert.That(tunnel.State.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task Work_CallerTakesNothing_StopsAtTheWindowOfBytes()
    {
        var adapter = new FakeAdapter((_, _) => Endless());
        await using var fixture = await TunnelFixture.StartAsync(adapter);
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync([.. TunnelProtocol.Features]);
        await peer.SendAsync(Item("w"));

        var (bytes, sequence) = (0UL, 0UL);
        while (bytes < TunnelProtocol.ByteWindow)
        {
            var next = await peer.EventAsync();
            bytes += (ulong)next.CalculateSize();
            sequence = next.Sequence;
        }

        await peer.SendAsync(new BrokerFrame { Ping = new Ping() });
        Assert.That((await peer.ReceiveAsync()).Pong, Is.Not.Null, "Nothing but the pong, with most of its events unused.");
        Assert.That(sequence, Is.LessThan(TunnelProtocol.CreditWindow / 2));

        await peer.SendAsync(new BrokerFrame { Credit = new Credit { WorkId = "w", Through = sequence, Bytes = bytes } });
        Assert.That((await peer.EventAsync()).Sequence, Is.EqualTo(sequence + 1));
    }

    [Test]
    public async Task Work_BrokerThatSaysNoBytes_IsSentAllThatItsEventsAllow()
    {
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, _) => Endless()));
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync(TunnelProtocol.BatchFeature, TunnelProtocol.ThroughFeature);
        await peer.SendAsync(Item("w"));

        for (var bytes = 0L; bytes < 3 * TunnelProtocol.ByteWindow;)
        {
            bytes += (await peer.EventAsync()).CalculateSize();
        }
    }

    [Test]
    public async Task Chunks_MoreItemsThanThereIsRoomFor_FailThoseAsBusy()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        await fixture.StartTunnelAsync();
        var peer = await fixture.Broker.WelcomeAsync();
        for (var index = 0; index <= PartialItems.MaxItems; index++)
        {
            var chunk = new WorkItemChunk { WorkId = $"w{index}", Data = ByteString.CopyFromUtf8("x") };
            await peer.SendAsync(new BrokerFrame { Chunk = chunk });
        }

        var failed = await peer.EventAsync();

        Assert.That((failed.WorkId, failed.Failed?.Kind), Is.EqualTo(($"w{PartialItems.MaxItems}", (FailureKind?)FailureKind.Busy)));
    }

    [Test]
    public async Task Hello_CliWithTooMuchToSay_IsFitted()
    {
        var info = new CliInfo { Provider = "fake", Version = "half \ud83d of a pair", Hint = new string('h', 5_000_000) };
        info.Models.Add(Enumerable.Range(0, 5000).Select(index => new ModelInfo { Id = $"m{index}" }));
        await using var fixture = await TunnelFixture.StartAsync(new FakeAdapter((_, _) => Endless()) { Info = info });
        await fixture.StartTunnelAsync();

        var told = (await fixture.Broker.AcceptAsync()).Hello!.Catalog.Clis.Single(cli => cli.Provider == "fake");

        Assert.That((told.Version, told.Hint.Length), Is.EqualTo(("half  of a pair", CatalogBounds.MaxHintChars)));
        Assert.That(told.Models, Has.Count.LessThanOrEqualTo(CatalogBounds.MaxModels));
    }

    private static WorkItem Item(string id) =>
        new() { WorkId = id, Provider = "fake", Model = "m", InitialCredit = TunnelProtocol.CreditWindow };

    private static async Task<WorkEvent> LastOfAsync(FakeBrokerPeer peer, string workId)
    {
        while (true)
        {
            var next = await peer.EventAsync();
            Assert.That(next.WorkId, Is.EqualTo(workId));
            if (next.IsFinal())
            {
                return next;
            }
        }
    }

    private static async IAsyncEnumerable<WorkEvent> Answer(string what)
    {
        await Task.Yield();
        yield return what switch
        {
            "tool id" => WorkEvents.ToolCallStarted(new string('x', 5_000_000), "t"),
            "failure" => WorkEvents.Failed(FailureKind.Upstream, new string('x', 5_000_000)),
            "surrogate" => WorkEvents.Text("\ud83d"),
            "crash" => throw new CliFailureException(FailureKind.CliCrashed, new string('\ud83d', 5_000_000)),
            _ => WorkEvents.Text("fine"),
        };
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private static async IAsyncEnumerable<WorkEvent> Endless()
    {
        await Task.Yield();
        while (true)
        {
            yield return WorkEvents.Text(new string('x', TunnelProtocol.MaxDeltaChars));
        }
    }
}
