using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Api;
using Polydev.Broker.Api.Bodies;
using Polydev.Broker.Exchange;
using Polydev.Broker.Limits;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Keys;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What callers may ask for at once, and how much one answer may be: the documented error, in every dialect.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.Dialects))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BoundsTests(string dialect)
{
    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly ScriptedExchange _exchange = new();
    private RunningBroker? _broker;

    private int Overloaded => dialect == "anthropic" ? 529 : 503;

    [TearDown]
    public async Task TearDown() => await _broker!.DisposeAsync();

    [Test]
    public async Task Calls_MoreThanAKeyMayHave_Are429UntilOneEnds()
    {
        await StartAsync(new LimitOptions { CallsPerKey = 1 });

        await ExpectOneAtATimeAsync(429, "this key has 1 calls in hand");
    }

    [Test]
    public async Task Calls_MoreThanAnAccountMayHave_Are429UntilOneEnds()
    {
        await StartAsync(new LimitOptions { CallsPerAccount = 1 });

        await ExpectOneAtATimeAsync(429, "this account has 1 calls in hand");
    }

    [Test]
    public async Task Calls_MoreThanTheBrokerMayHave_AreOverloadedUntilOneEnds()
    {
        await StartAsync(new LimitOptions { Calls = 1 });

        await ExpectOneAtATimeAsync(Overloaded, "This broker has 1 calls in hand");
    }

    [Test]
    public async Task Calls_HoweverTheyEnd_LeaveNoneInHand()
    {
        await StartAsync(new LimitOptions { CallsPerKey = 1 });
        var (path, body) = CallShapes.Of(dialect);
        var calls = _broker!.Services.GetRequiredService<CallsInHand>();
        (await _broker.PostAsync(path, "{")).Dispose();
        _exchange.Answer = [WorkEvents.Failed(FailureKind.CliCrashed, "gone")];
        using var failed = await _broker.PostAsync(path, body);
        Assert.That(failed.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(await failed.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("gone"));

        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("ok"), WorkEvents.Finished(StopReason.EndTurn)];
        using var response = await _broker.PostAsync(path, body);

        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("ok"));
        Assert.That(calls.Count, Is.Zero);
    }

    [Test]
    public async Task Bodies_MoreThanThereIsMemoryFor_WaitAndAreOverloaded()
    {
        await StartAsync(new LimitOptions { BodyBytes = 80 * 1024 });
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("ok"), WorkEvents.Finished(StopReason.EndTurn)];
        var (path, body) = CallShapes.Of(dialect);
        body = body.Replace("hi", new string('x', 40_000));
        var memory = _broker!.Services.GetRequiredService<BodyMemory>();
        var held = await memory.RentAsync(64 * 1024, default);

        var refused = _broker.PostAsync(path, body);
        await WaitingAsync(BodyMemory.Patience);
        _time.Advance(BodyMemory.Patience);

        using var response = await refused;
        await ExpectAsync(response, Overloaded, "request bodies");
        Assert.That(response.Headers.RetryAfter?.Delta, Is.EqualTo(BodyMemory.Patience));
        memory.Return(held, 0);
        using var taken = await _broker.PostAsync(path, body);
        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(memory.InUse, Is.Zero);
    }

    [Test]
    public async Task Body_WhoseCallerGoesMidway_LeavesItsMemory()
    {
        await StartAsync(new LimitOptions { BodyBytes = 80 * 1024 });
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("ok"), WorkEvents.Finished(StopReason.EndTurn)];
        var (path, body) = CallShapes.Of(dialect);
        using (await SendHalfAsync(path))
        {
        }

        using var taken = await _broker!.PostAsync(path, body.Replace("hi", new string('x', 40_000)));

        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Body_OfMoreTokensThanMayBe_Is400()
    {
        await StartAsync(new LimitOptions());
        var (path, _) = CallShapes.Of(dialect);
        var many = new StringBuilder("{\"a\":[", 2 * RequestReader.MaxTokens);
        many.Insert(many.Length, "1,", RequestReader.MaxTokens).Append("1]}");

        using var response = await _broker!.PostAsync(path, many.ToString());

        await ExpectAsync(response, 400, "5000000 JSON values");
    }

    [Test]
    public async Task Answer_WithoutEnd_Is502AndTheWorkIsCancelled()
    {
        await StartAsync(new LimitOptions());
        var (path, body) = CallShapes.Of(dialect);
        var sending = _broker!.PostAsync(path, body);
        var work = await _exchange.NextAsync();
        var megabyte = new string('x', 1_000_000);
        work.Send([WorkEvents.Started(), .. Enumerable.Range(0, 40).Select(_ => WorkEvents.Text(megabyte))]);

        await work.LeftAsync();

        using var response = await sending;
        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        await ExpectAsync(response, 502, "answer was too long");
    }

    private async Task StartAsync(LimitOptions limits) => _broker = await RunningBroker.StartAsync(replace: services => services
        .AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange).AddSingleton<TimeProvider>(_time)
        .AddSingleton(limits));

    private async Task ExpectOneAtATimeAsync(int status, string text)
    {
        var (path, body) = CallShapes.Of(dialect);
        var first = _broker!.PostAsync(path, body);
        var work = await _exchange.NextAsync();

        using (var refused = await _broker.PostAsync(path, body))
        {
            Assert.That(refused.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            await ExpectAsync(refused, status, text);
        }

        work.Send(WorkEvents.Started(), WorkEvents.Text("one"), WorkEvents.Finished(StopReason.EndTurn));
        using var answered = await first;
        await answered.Content.ReadAsStringAsync().DefaultTimeout();
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("two"), WorkEvents.Finished(StopReason.EndTurn)];
        using var next = await _broker.PostAsync(path, body);
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private async Task<TcpClient> SendHalfAsync(string path)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _broker!.Addresses.Http.Port).DefaultTimeout();
        var head = $"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_broker.Key}\r\n"
            + "Content-Length: 64000\r\n\r\n{\"model\":";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head)).AsTask().DefaultTimeout();
        await WaitingAsync(new LimitOptions().CallTime);
        return client;
    }

    private async Task WaitingAsync(TimeSpan timer)
    {
        while (await _time.Timers.ReadAsync().AsTask().DefaultTimeout() != timer)
        {
        }
    }

    private async Task ExpectAsync(HttpResponseMessage response, int status, string text)
    {
        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That((int)response.StatusCode, Is.EqualTo(status), body);
        Assert.That(body, Does.Contain(text).And.Contain(CallShapes.ErrorMark(dialect)));
    }
}
