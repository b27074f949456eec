using System.Net;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// What a tunnel sends beyond the bounds costs that call alone, within the memory that is documented: the other caller's stream beside it,
/// by a good tunnel of the same account, goes on.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelBoundsTests
{
    private const string Dialect = "openai-chat";
    private const int Megabyte = 1_000_000;

    private BoundsRig _rig = null!;

    [SetUp]
    public async Task SetUp() => _rig = await BoundsRig.StartAsync();

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [Test]
    public async Task Tunnels_OneMoreThanAnAccountMayHave_IsRefusedForNow()
    {
        // The real one is the first of them.
        var tunnels = new List<FakeTunnel>();
        for (var index = 1; index < new TunnelOptions().MaxSessions; index++)
        {
            tunnels.Add(await _rig.ConnectAsync(BoundsRig.Hello($"t{index}")));
        }

        await using var more = await FakeTunnel.ConnectAsync(
            _rig.Stack.BrokerAddress.Grpc, _rig.Stack.Token, BoundsRig.Hello("one more"));

        Assert.That(
            (more.First.Refused?.Reason, more.First.Refused?.Permanent), Is.EqualTo((RefusalReason.TooManyTunnels, false)));
        await _rig.GoOnAsync();
        Assert.That(tunnels.Any(tunnel => tunnel.IsOver), Is.False);
        foreach (var tunnel in tunnels)
        {
            await tunnel.DisposeAsync();
        }

        await _rig.AssertUndisturbedAsync();
    }

    // 40 MB are more than all that lies between the broker and a caller who does not read.
    [Test]
    public async Task Events_OfMoreBytesThanTheCredit_FailTheirCall()
    {
        await using var greedy = await _rig.ConnectAsync(BoundsRig.Hello("greedy", TunnelProtocol.BytesFeature));

        await ExpectBrokenOffAsync(greedy, Megabyte, 40, "more bytes than the credit allows");
    }

    // What once took 370 MB.
    [Test]
    public async Task Events_OfATunnelThatCountsNoBytes_FailTheirCallWhenItsCallerDoesNotRead()
    {
        await using var greedy = await _rig.ConnectAsync(BoundsRig.Hello("greedy"));

        await ExpectBrokenOffAsync(greedy, 3_900_000, 100, "more bytes than its caller takes");
    }

    [Test]
    public async Task Event_LargerThanAFrameMayBe_FailsItsCallAndNotTheTunnel()
    {
        await using var bad = await _rig.ConnectAsync(BoundsRig.Hello("bad"));
        var isBad = true;
        bad.Answer = item => isBad
            ? [Frames.Event(item.WorkId, 1, WorkEvents.Started()), Frames.Event(item.WorkId, 2, WorkEvents.Text(Letters(5 * Megabyte)))]
            : Frames.Answer(item.WorkId, "well");

        await ExpectAsync(HttpStatusCode.BadGateway, "an event that is too large");
        isBad = false;
        await ExpectAsync(HttpStatusCode.OK, "well");
        Assert.That(bad.IsOver, Is.False);
        await _rig.AssertUndisturbedAsync();
    }

    [Test]
    public async Task Failure_WithAMessageWithoutBound_IsCut()
    {
        await using var bad = await _rig.ConnectAsync(BoundsRig.Hello("bad"));
        bad.Answer = item => [Frames.Event(item.WorkId, 1, WorkEvents.Failed(FailureKind.Upstream, Letters(3 * Megabyte)))];

        var told = await ExpectAsync(HttpStatusCode.BadGateway, Letters(1_000));

        Assert.That(told, Has.Length.LessThan(TunnelProtocol.MaxFailureChars + 500));
        await _rig.AssertUndisturbedAsync();
    }

    // A tunnel that keeps to its credit, so that nothing but the length is wrong.
    [Test]
    public async Task Answer_WithoutEnd_Is502AndItsWorkIsCancelled()
    {
        using var channel = GrpcChannel.ForAddress(_rig.Stack.BrokerAddress.Grpc);
        using var tunnel = new RawTunnel(channel, _rig.Stack.Token);
        await tunnel.SendAsync(new ClientFrame { Hello = BoundsRig.Hello("endless", TunnelProtocol.BytesFeature) });
        Assert.That((await tunnel.ReadAsync())?.Welcome, Is.Not.Null);
        var endless = AnswerWithoutEndAsync(tunnel);

        await ExpectAsync(HttpStatusCode.BadGateway, "answer was too long: it came to more than 32 MB");

        Assert.That(await endless.DefaultTimeout(), Is.GreaterThan(32));
        await _rig.AssertUndisturbedAsync();
    }

    private static string Letters(int count) => new('x', count);

    private async Task<string> ExpectAsync(HttpStatusCode expected, string text)
    {
        var (path, json) = CallShapes.Of(Dialect, "codex/any");
        var (status, told) = await _rig.AskAsync(path, json);
        Assert.That(status, Is.EqualTo(expected), told[..Math.Min(told.Length, 2_000)]);
        Assert.That(told, Does.Contain(text));
        await _rig.GoOnAsync();
        return told;
    }

    // A streamed call whose caller reads nothing until all is sent.
    private async Task ExpectBrokenOffAsync(FakeTunnel tunnel, int length, int events, string why)
    {
        using var client = _rig.Stack.CreateClient();
        var (path, json) = CallShapes.Of(Dialect, "codex/any", stream: true);
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json) };
        var asking = client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(item, 1, WorkEvents.Started());
        await tunnel.SendAsync(item, 2, WorkEvents.Text("begun"));
        using var response = await asking.DefaultTimeout();
        var text = Letters(length);
        for (var sequence = 3UL; sequence < 3UL + (ulong)events; sequence++)
        {
            await tunnel.SendAsync(item, sequence, WorkEvents.Text(text));
        }

        await tunnel.CancelledAsync(item.WorkId);
        await _rig.GoOnAsync();
        var answer = await response.Content.ReadAsStringAsync().DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Split("\"error\":{"), Has.Length.EqualTo(2), "It ends in one error.");
        Assert.That(answer[^2_000..], Does.Contain(why));
        Assert.That(tunnel.IsOver, Is.False);
        await _rig.AssertUndisturbedAsync();
    }

    /// <summary>One tunnel's answer to one call: an event of 1 MB for each credit. How many were sent until it was cancelled.</summary>
    private static async Task<int> AnswerWithoutEndAsync(RawTunnel tunnel)
    {
        var (workId, sent) = (string.Empty, 0);
        while (await tunnel.ReadAsync() is { } frame)
        {
            switch (frame.KindCase)
            {
                case BrokerFrame.KindOneofCase.Ping:
                    await tunnel.SendAsync(new ClientFrame { Pong = new Pong { Nonce = frame.Ping.Nonce } });
                    break;
                case BrokerFrame.KindOneofCase.Work:
                    workId = frame.Work.WorkId;
                    await tunnel.SendAsync(Frames.Event(workId, 1, WorkEvents.Started()));
                    await SendNextAsync();
                    break;
                case BrokerFrame.KindOneofCase.Credit:
                    await SendNextAsync();
                    break;
                case BrokerFrame.KindOneofCase.Cancel:
                    return sent;
            }
        }

        throw new EndOfStreamException("The tunnel's stream ended before its work.");

        Task SendNextAsync()
        {
            sent++;
            return tunnel.SendAsync(Frames.Event(workId, (ulong)sent + 1, WorkEvents.Text(Letters(Megabyte))));
        }
    }
}
