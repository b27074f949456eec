using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Keys;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;
using Kind = Polydev.Protos.V1.BrokerFrame.KindOneofCase;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>How the broker lets tunnels in, keeps them and lets them go, over real sockets, with a clock that the test turns.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelServiceTests : IAsyncDisposable
{
    private const string Question = """{"model":"o3","messages":[{"role":"user","content":"hi"}]}""";

    private readonly TimerAnnouncingTimeProvider _time = new();
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services => services.AddSingleton<TimeProvider>(_time));

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Test]
    public async Task Tunnel_SilentForLongerThanItMay_IsDroppedAndItsCallsFail()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var call = _broker.PostAsync("chat/completions", Question);
        Assert.That((await tunnel.ReadAsync())?.Work, Is.Not.Null);

        _time.Advance(TunnelProtocol.DeadAfter + TimeSpan.FromSeconds(1));

        await tunnel.EndAsync();
        using var response = await call;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That((await DirectoryAsync()).Online, Is.Empty);
    }

    [Test]
    public async Task Tunnel_ThatAnswersPings_LivesOn()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        for (var round = 1; round <= 5; round++)
        {
            _time.Advance(TunnelProtocol.HeartbeatInterval);
            var ping = (await tunnel.ReadAsync())?.Ping;
            Assert.That(ping?.Nonce, Is.EqualTo(round));
            await tunnel.SendAsync(new ClientFrame { Pong = new Pong { Nonce = ping!.Nonce } });
            await BeHeardAsync(tunnel, $"round-{round}");
        }

        Assert.That((await DirectoryAsync()).Online, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Hello_UnknownOrNoToken_IsRefusedForGood([Values("pd_unknown", null)] string? token)
    {
        using var tunnel = RawTunnel.Open(_broker, token);

        Assert.That(await RefusalAsync(tunnel), Is.EqualTo((RefusalReason.Unauthenticated, true, 0u)));
    }

    [Test]
    public async Task Hello_AnotherProtocol_IsRefusedForGood()
    {
        var hello = Frames.Hello();
        hello.Protocol = 99;

        Assert.That(await RefusalAsync(new ClientFrame { Hello = hello }), Is.EqualTo((RefusalReason.UnsupportedProtocol, true, 0u)));
    }

    [Test]
    public async Task FirstFrame_NoHello_IsRefusedForGood() =>
        Assert.That(
            await RefusalAsync(new ClientFrame { Pong = new Pong() }), Is.EqualTo((RefusalReason.UnsupportedProtocol, true, 0u)));

    [Test]
    public async Task Hello_IdWithoutBound_IsRefusedForGood() =>
        Assert.That(
            await RefusalAsync(new ClientFrame { Hello = Frames.Hello(new string('x', 1_000_000)) }),
            Is.EqualTo((RefusalReason.UnsupportedProtocol, true, 0u)));

    [Test]
    public async Task Hello_TooLate_IsRefusedForNow()
    {
        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await WhenTimerAsync(new TunnelOptions().HelloTimeout);

        _time.Advance(new TunnelOptions().HelloTimeout);

        Assert.That(await RefusalAsync(tunnel), Is.EqualTo((RefusalReason.Unspecified, false, 200u)));
    }

    [Test]
    public async Task Knock_WithAGoodToken_IsRefusedForNowAndIsNoTunnel()
    {
        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await tunnel.CompleteAsync();

        Assert.That(await RefusalAsync(tunnel), Is.EqualTo((RefusalReason.Unspecified, false, 200u)));
        Assert.That((await DirectoryAsync()).Online, Is.Empty);
    }

    [Test]
    public async Task Knock_WithoutAGoodToken_IsRefusedForGood([Values("pd_unknown", null)] string? token)
    {
        using var tunnel = RawTunnel.Open(_broker, token);
        await tunnel.CompleteAsync();

        Assert.That(await RefusalAsync(tunnel), Is.EqualTo((RefusalReason.Unauthenticated, true, 0u)));
    }

    [Test]
    public async Task FirstFrame_BytesThatAreNone_IsRefusedForNow()
    {
        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await tunnel.SendAsync([0xFF, 0xFF, 0xFF]);

        Assert.That(await RefusalAsync(tunnel), Is.EqualTo((RefusalReason.Unspecified, false, 200u)));
    }

    [Test]
    public async Task Hello_OneTunnelMoreThanAnAccountMayHave_IsRefusedForNow()
    {
        var tunnels = new List<RawTunnel>();
        for (var index = 0; index < new TunnelOptions().MaxSessions; index++)
        {
            tunnels.Add(await RawTunnel.WelcomedAsync(_broker, Frames.Hello($"t{index}", Frames.Cli("codex"))));
        }

        var hello = new ClientFrame { Hello = Frames.Hello("one more") };
        Assert.That(await RefusalAsync(hello), Is.EqualTo((RefusalReason.TooManyTunnels, false, 30_000u)));

        using var again = await RawTunnel.WelcomedAsync(_broker, Frames.Hello("t0", Frames.Cli("codex")));
        await tunnels[0].EndAsync();
        tunnels.ForEach(tunnel => tunnel.Dispose());
    }

    [Test]
    public async Task Token_RevokedWhileTheTunnelRuns_EndsItAndItsCalls()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var call = _broker.PostAsync("chat/completions", Question);
        Assert.That((await tunnel.ReadAsync())?.Work, Is.Not.Null);

        await _broker.RevokeTokenAsync();

        await tunnel.EndAsync();
        using var response = await call;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        using var again = RawTunnel.Open(_broker, _broker.Token);
        Assert.That((await RefusalAsync(again)).Reason, Is.EqualTo(RefusalReason.Unauthenticated));
    }

    [Test]
    public async Task Stop_WithACallUnderWay_DrainsAndLetsItEnd()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var call = _broker.PostAsync("chat/completions", Question);
        var work = (await tunnel.ReadAsync())!.Work;

        var stopping = _broker.StopAsync();

        Assert.That((await tunnel.ReadAsync())?.Drain?.ReconnectAfterMs, Is.EqualTo(200));
        foreach (var frame in Frames.Answer(work.WorkId, "to the end"))
        {
            await tunnel.SendAsync(frame);
        }

        using var response = await call;
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("to the end"));
        await tunnel.EndAsync();
        await stopping.DefaultTimeout();
    }

    [Test]
    public async Task Stop_WithACallThatDoesNotEnd_CutsItAfterTheDrainsTime()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var call = _broker.PostAsync("chat/completions", Question);
        await tunnel.ReadAsync();
        var stopping = _broker.StopAsync();
        Assert.That((await tunnel.ReadAsync())?.Drain, Is.Not.Null);
        await WhenTimerAsync(new TunnelOptions().DrainTime);

        // In steps, with a sign of life after each: it is no silence that ends it.
        for (var second = 0; second < new TunnelOptions().DrainTime.TotalSeconds; second += 10)
        {
            await BeHeardAsync(tunnel, $"second-{second}");
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await tunnel.EndAsync();
        using var response = await call;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        await stopping.DefaultTimeout();
    }

    [Test]
    public async Task Frame_LargerThanAMessageMayBe_CostsItsItemAlone()
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var bad = _broker.PostAsync("chat/completions", Question);
        var work = (await tunnel.ReadAsync())!.Work;
        await tunnel.SendAsync(Frames.Event(work.WorkId, 1, WorkEvents.Started()));
        await tunnel.SendAsync(Frames.Event(work.WorkId, 2, WorkEvents.Text(new string('x', TunnelProtocol.MaxMessageBytes + 100_000))));
        using var failed = await bad;
        Assert.That(failed.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(await failed.Content.ReadAsStringAsync(), Does.Contain("too large"));

        var good = _broker.PostAsync("chat/completions", Question);
        work = (await tunnel.ReadAsync(Kind.Work))!.Work;
        foreach (var frame in Frames.Answer(work.WorkId, "fine"))
        {
            await tunnel.SendAsync(frame);
        }

        using var answered = await good;
        Assert.That(answered.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task ToolCall_ArgumentsThatAreNoObject_IsABadGatewayInEachDialect(
        [ValueSource(typeof(CallShapes), nameof(CallShapes.Dialects))] string dialect, [Values] bool isDeep)
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var (path, body) = CallShapes.Of(dialect, "o3");
        var call = _broker.PostAsync(path, body);
        var id = (await tunnel.ReadAsync())!.Work.WorkId;

        var arguments = isDeep ? $"{string.Concat(Enumerable.Repeat("{\"a\":", 5000))}1{new string('}', 5000)}" : "{\"city\":\"Os";
        await tunnel.SendAsync(Frames.Event(id, 1, WorkEvents.Started()));
        await tunnel.SendAsync(Frames.Event(id, 2, WorkEvents.ToolCallStarted("c", "t")));
        await tunnel.SendAsync(Frames.Event(id, 3, WorkEvents.ToolCallArguments("c", arguments)));
        await tunnel.SendAsync(Frames.Event(id, 4, WorkEvents.ToolCallFinished("c")));

        using var response = await call;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        var answer = await response.Content.ReadAsStringAsync();
        Assert.That(answer, Does.Contain("not a JSON object").And.Contain(CallShapes.ErrorMark(dialect)));
    }

    /// <summary>Tunnel and CLI tell it in their own words; where they have none, the broker says whose failure it was.</summary>
    [TestCase(FailureKind.Internal, "The tunnel")]
    [TestCase(FailureKind.TunnelFailed, "The tunnel")]
    [TestCase(FailureKind.TunnelLost, "The tunnel")]
    [TestCase(FailureKind.Cancelled, "The tunnel")]
    [TestCase(FailureKind.Unspecified, "The tunnel")]
    [TestCase((FailureKind)99, "The tunnel")]
    [TestCase(FailureKind.CliCrashed, "The CLI")]
    [TestCase(FailureKind.LockBroken, "The CLI")]
    [TestCase(FailureKind.Upstream, "The CLI's vendor")]
    public async Task Call_FailsInsideTheTunnel_IsABadGatewayThatSaysWhose(FailureKind kind, string whose)
    {
        using var tunnel = await RawTunnel.WelcomedAsync(_broker);
        var call = _broker.PostAsync("chat/completions", Question);
        var work = (await tunnel.ReadAsync())!.Work;

        await tunnel.SendAsync(Frames.Event(work.WorkId, 1, WorkEvents.Failed(kind, "It went wrong there.")));

        using var told = await call;
        Assert.That((told.StatusCode, await MessageAsync(told)), Is.EqualTo((HttpStatusCode.BadGateway, "It went wrong there.")));

        call = _broker.PostAsync("chat/completions", Question);
        work = (await tunnel.ReadAsync(Kind.Work))!.Work;
        await tunnel.SendAsync(Frames.Event(work.WorkId, 1, WorkEvents.Failed(kind, " ")));

        using var untold = await call;
        Assert.That(untold.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(await MessageAsync(untold), Does.StartWith($"{whose} failed this call"));
    }

    private static async Task<string?> MessageAsync(HttpResponseMessage response)
    {
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("error").GetProperty("message").GetString();
    }

    private T Service<T>()
        where T : notnull => _broker.Services.GetRequiredService<T>();

    private ValueTask<AccountTunnels> DirectoryAsync() => Service<ITunnelDirectory>().FindAsync(Account.OwnerId, CancellationToken.None);

    // Once the catalog is there, whatever was sent before it has been heard.
    private async Task BeHeardAsync(RawTunnel tunnel, string model)
    {
        var before = await DirectoryAsync();
        await tunnel.SendAsync(new ClientFrame { Catalog = new Catalog { Clis = { Frames.Cli("codex", model) } } });
        await Service<ITunnelDirectory>().WaitForChangeAsync(before, CancellationToken.None).DefaultTimeout();
    }

    private async Task<(RefusalReason Reason, bool Permanent, uint RetryAfter)> RefusalAsync(ClientFrame first)
    {
        using var tunnel = RawTunnel.Open(_broker, _broker.Token);
        await tunnel.SendAsync(first);
        return await RefusalAsync(tunnel);
    }

    private static async Task<(RefusalReason Reason, bool Permanent, uint RetryAfter)> RefusalAsync(RawTunnel tunnel)
    {
        var refused = (await tunnel.ReadAsync())?.Refused;
        Assert.That(refused?.Message, Is.Not.Empty);
        await tunnel.EndAsync();
        return (refused!.Reason, refused.Permanent, refused.RetryAfterMs);
    }

    private async Task WhenTimerAsync(TimeSpan due)
    {
        while (await _time.Timers.ReadAsync().AsTask().DefaultTimeout() != due)
        {
        }
    }
}
