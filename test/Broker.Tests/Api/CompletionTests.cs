using System.Net;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>The hot path, for every dialect, with a tunnel that the test plays.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.All))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CompletionTests(string dialect)
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Whole_Answer_CarriesTheText()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello ", "world");

        var response = await SendAsync();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await BodyAsync(response), Does.Contain("Hello world"));
    }

    [Test]
    public async Task Streamed_Delta_ArrivesBeforeTheNextIsSent()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        var sending = SendAsync(stream: true);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(item, 1, WorkEvents.Started());
        await tunnel.SendAsync(item, 2, WorkEvents.Text("first-piece"));

        using var reader = new StreamReader(await (await sending).Content.ReadAsStreamAsync());
        await ReadUntilAsync(reader, "first-piece");
        await tunnel.SendAsync(item, 3, WorkEvents.Text("second-piece"));
        await ReadUntilAsync(reader, "second-piece");
        await tunnel.SendAsync(item, 4, WorkEvents.Finished(StopReason.EndTurn));

        Assert.That(await reader.ReadToEndAsync().DefaultTimeout(), Does.Contain(CallShapes.EndMark(dialect)));
    }

    [Test]
    public async Task Streamed_FailureBeforeContent_IsAnHttpError()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item =>
        [
            Frames.Event(item.WorkId, 1, WorkEvents.Started()),
            Frames.Event(item.WorkId, 2, WorkEvents.Failed(FailureKind.RateLimited, "Your weekly limit is reached.")),
        ];

        var response = await SendAsync(stream: true);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        Assert.That(await BodyAsync(response), Does.Contain("Your weekly limit is reached.").And.Contain(CallShapes.ErrorMark(dialect)));
    }

    [Test]
    public async Task Streamed_TunnelLostMidAnswer_EndsWithTheDialectsError()
    {
        var tunnel = await _broker.ConnectTunnelAsync();
        var sending = SendAsync(stream: true);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(item, 1, WorkEvents.Started());
        await tunnel.SendAsync(item, 2, WorkEvents.Text("half"));
        using var reader = new StreamReader(await (await sending).Content.ReadAsStreamAsync());
        await ReadUntilAsync(reader, "half");

        await tunnel.DisposeAsync();

        Assert.That(await reader.ReadToEndAsync().DefaultTimeout(), Does.Contain("tunnel").And.Contain("error"));
    }

    [Test]
    public async Task CallerGone_MidAnswer_CancelsTheWork()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        using var leaving = new CancellationTokenSource();
        var (path, body) = CallShapes.Of(dialect, stream: true);
        var sending = _broker.PostAsync(path, body, leaving.Token);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(item, 1, WorkEvents.Started());
        await tunnel.SendAsync(item, 2, WorkEvents.Text("half"));
        var response = await sending;

        response.Dispose();

        await tunnel.CancelledAsync(item.WorkId);
    }

    [Test]
    public async Task CallerGone_BeforeTheAnswer_CancelsTheWork()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        using var leaving = new CancellationTokenSource();
        var (path, body) = CallShapes.Of(dialect);
        var sending = _broker.PostAsync(path, body, leaving.Token);
        var item = await tunnel.NextAsync();

        await leaving.CancelAsync();

        await tunnel.CancelledAsync(item.WorkId);
        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task KeyRevoked_MidAnswer_EndsTheStreamAndTheWork()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        var sending = SendAsync(stream: true);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(item, 1, WorkEvents.Started());
        await tunnel.SendAsync(item, 2, WorkEvents.Text("half"));
        using var reader = new StreamReader(await (await sending).Content.ReadAsStreamAsync());
        await ReadUntilAsync(reader, "half");

        await _broker.RevokeKeyAsync();

        await tunnel.CancelledAsync(item.WorkId);
        Assert.That(await reader.ReadToEndAsync().DefaultTimeout(), Does.Contain("revoked").And.Contain("error"));
        Assert.That((await SendAsync()).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Silence_OverTheLimit_Is504AndCancels()
    {
        await _broker.DisposeAsync();
        _broker = await RunningBroker.StartAsync(options => options with { Timeout = TimeSpan.FromMilliseconds(200) });
        await using var tunnel = await _broker.ConnectTunnelAsync();
        var sending = SendAsync();
        var item = await tunnel.NextAsync();

        var response = await sending;

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.GatewayTimeout));
        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        Assert.That(await BodyAsync(response), Does.Contain("Request timed out").And.Contain(CallShapes.ErrorMark(dialect)));
        await tunnel.CancelledAsync(item.WorkId);
    }

    private Task<HttpResponseMessage> SendAsync(bool stream = false)
    {
        var (path, body) = CallShapes.Of(dialect, stream: stream);
        return _broker.PostAsync(path, body);
    }

    private static Task<string> BodyAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync().DefaultTimeout();

    private static async Task ReadUntilAsync(StreamReader reader, string text)
    {
        while (await reader.ReadLineAsync().DefaultTimeout() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The stream ended without '{text}'.");
    }
}
