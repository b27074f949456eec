using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Api;
using Polydev.Broker.Exchange;
using Polydev.Broker.Limits;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Keys;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Calls that the broker itself ends, because their key is revoked or their time is over, in every dialect.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.All))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EndedCallTests(string dialect)
{
    // More than the sockets of both ends hold.
    private const int MoreThanIsBuffered = 16 * 1024 * 1024;

    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly ScriptedExchange _exchange = new();
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services => services
        .AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange).AddSingleton<TimeProvider>(_time));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task KeyRevoked_MidStream_EndsItWithTheDialectsError()
    {
        using var response = await BeginAsync(WorkEvents.Text("half"));

        await _broker.RevokeKeyAsync();

        var rest = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(rest, Does.Contain("half").And.Contain("revoked").And.Contain("\"error\""));
        Assert.That(rest, Does.Not.Contain(CallShapes.EndMark(dialect)));
    }

    [Test]
    public async Task KeyRevoked_CallerDoesNotRead_IsCutWithinASecond()
    {
        using var client = await StallAsync();
        var work = await _exchange.NextAsync();
        work.Send(WorkEvents.Started(), WorkEvents.Text(new string('x', MoreThanIsBuffered)), WorkEvents.Text("next"));
        await work.TextTakenAsync();

        await _broker.RevokeKeyAsync();

        await LastWordAsync();
        Assert.That(work.IsLeft, Is.False);
        _time.Advance(StreamedAnswer.LastWord);
        await work.LeftAsync();
        Assert.That(work.Unread, Is.EqualTo(1), "Nothing is taken for a caller who does not read.");
    }

    [Test]
    public async Task KeyRevoked_CallerReadsOnWithinTheSecond_IsToldWhy()
    {
        using var client = await StallAsync();
        var work = await _exchange.NextAsync();
        work.Send(WorkEvents.Started(), WorkEvents.Text(new string('x', MoreThanIsBuffered)));
        await work.TextTakenAsync();

        await _broker.RevokeKeyAsync();
        await LastWordAsync();

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync().DefaultTimeout();

        // The answer itself is too long for a message of the test.
        var frames = BodyOf(answer).ReplaceLineEndings("\n").Split("\n\n").Where(frame => frame.Length < MoreThanIsBuffered).ToList();
        Assert.That(frames, Has.Exactly(1).StartsWith(CallShapes.ErrorFrame(dialect)));
        var error = frames.Single(frame => frame.StartsWith(CallShapes.ErrorFrame(dialect), StringComparison.Ordinal));
        Assert.That(error, Does.Contain("revoked").And.Contain(CallShapes.ErrorMark(dialect)));
        Assert.That(frames, Has.None.Contain(CallShapes.EndMark(dialect)));
    }

    [Test]
    public async Task Time_OverMidStream_EndsItWithTheDialectsError()
    {
        using var response = await BeginAsync(WorkEvents.Text("half"));

        _time.Advance(new LimitOptions().CallTime);

        Assert.That(
            await response.Content.ReadAsStringAsync().DefaultTimeout(),
            Does.Contain("Request timed out").And.Contain("1800 seconds").And.Not.Contain(CallShapes.EndMark(dialect)));
    }

    [Test]
    public async Task Time_OverBeforeTheAnswer_Is504()
    {
        var (path, body) = CallShapes.Of(dialect);
        var sending = _broker.PostAsync(path, body);
        var work = await _exchange.NextAsync();

        _time.Advance(new LimitOptions().CallTime);

        await work.LeftAsync();
        using var response = await sending;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.GatewayTimeout));
        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain(CallShapes.ErrorMark(dialect)));
    }

    private async Task<HttpResponseMessage> BeginAsync(WorkEvent first)
    {
        var (path, body) = CallShapes.Of(dialect, stream: true);
        var sending = _broker.PostAsync(path, body);
        (await _exchange.NextAsync()).Send(WorkEvents.Started(), first);
        return await sending;
    }

    /// <summary>A caller who asks, and then reads nothing.</summary>
    private async Task<TcpClient> StallAsync()
    {
        var (path, body) = CallShapes.Of(dialect, stream: true);
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, _broker.Addresses.Http.Port).DefaultTimeout();
        var request = $"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_broker.Key}\r\n"
            + $"Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request)).AsTask().DefaultTimeout();
        return client;
    }

    /// <summary>What came in chunks.</summary>
    private static string BodyOf(string response)
    {
        var body = new StringBuilder(response.Length);
        for (var at = response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4; ;)
        {
            var end = response.IndexOf("\r\n", at, StringComparison.Ordinal);
            var size = int.Parse(response.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return body.ToString();
            }

            body.Append(response, end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    /// <summary>
    /// The broker has begun to count the second that the caller has left. The watch over revocations elsewhere waits as long, once, from
    /// the moment at which the key is in use: which of the two comes first is open.
    /// </summary>
    private async Task LastWordAsync()
    {
        for (var seen = 0; seen < 2;)
        {
            seen += await _time.Timers.ReadAsync().AsTask().DefaultTimeout() == StreamedAnswer.LastWord ? 1 : 0;
        }
    }
}
