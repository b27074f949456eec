using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Exchange;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Each call below the API is told of once, in the log and in the metrics, whatever ended it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CallRecordTests
{
    private const string Path = "chat/completions";
    private const string Model = "claude-opus-4-6";
    private const string Question = """{"model":"claude-opus-4-6","messages":[{"role":"user","content":"the-prompt"}]}""";
    private const string Streamed = """{"model":"claude-opus-4-6","stream":true,"messages":[{"role":"user","content":"the-prompt"}]}""";

    private readonly ScriptedExchange _exchange = new();
    private readonly SeenCalls _seen = new();
    private RunningBroker _broker = null!;
    private bool _stopped;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync(replace: services =>
        {
            services.AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange);
            _seen.AddTo(services);
        });
        _seen.ListenTo(_broker.Services);
    }

    [TearDown]
    public async Task TearDown()
    {
        await StopAsync();
        _seen.Dispose();
    }

    [Test]
    public async Task Answered_SessionWentBeforeTheStart_IsRoutedAgain()
    {
        _exchange.Gone = 1;
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("the-answer"), WorkEvents.Finished(StopReason.EndTurn)];

        using var response = await _broker.PostAsync(Path, Question);

        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("the-answer"));
        await ExpectAsync(200, "finished");
    }

    [Test]
    public async Task Answered_Whole_IsTold()
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("the-answer"), Used(7, 3), WorkEvents.Finished(StopReason.EndTurn)];

        using var response = await _broker.PostAsync(Path, Question);

        var line = await ExpectAsync(200, "finished");
        Assert.That(line, Is.EqualTo(new CallLine("openai-chat", Model, "claude", 200, "finished")
        {
            RequestId = response.Headers.GetValues("x-request-id").Single(),
            FirstToken = line.FirstToken,
            Tokens = (7, 3),
        }));
        Assert.That(line.FirstToken, Is.Not.Null);
        Assert.That(_seen.Texts, Has.None.Contains("the-prompt").And.None.Contains("the-answer").And.None.Contains(_broker.Key));
    }

    [Test]
    public async Task Answered_Streamed_IsTold()
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("hi"), WorkEvents.Finished(StopReason.EndTurn)];

        using var response = await _broker.PostAsync(Path, Streamed);

        await ExpectAsync(200, "finished");
    }

    [TestCase("{", "-")]
    [TestCase("", "-")]
    [TestCase("""{"model":"claude-opus-4-6"}""", "-")]
    public async Task Body_ThatCannotBeRead_IsToldAs400(string body, string model)
    {
        using var response = await _broker.PostAsync(Path, body);

        Assert.That((await ExpectAsync(400, "InvalidRequest")).Model, Is.EqualTo(model));
    }

    [Test]
    public async Task Key_Missing_IsToldAs401()
    {
        _broker.Http.DefaultRequestHeaders.Authorization = null;

        using var response = await _broker.PostAsync(Path, Question);

        await ExpectAsync(401, "Unauthenticated");
    }

    [Test]
    public async Task Model_Unknown_IsToldAs404WithoutItsControlCharacters()
    {
        var id = $"mi\\nstral\\u2028\\u001b[31m{new string('x', 150)}";

        using var response = await _broker.PostAsync(Path, Question.Replace(Model, id));

        var line = await ExpectAsync(404, "ModelNotFound");
        Assert.That(line.Model, Does.StartWith("mi?stral??[31mxxx"));
        Assert.That(line.Model, Has.Length.EqualTo(100));
    }

    [TestCase("POST", "nothing", 404, "NotFound")]
    [TestCase("POST", "v1beta/models/gemini-2.5-pro:embedContent", 404, "NotFound")]
    [TestCase("DELETE", "chat/completions", 405, "MethodNotAllowed")]
    [TestCase("GET", "models/none-such", 404, "ModelNotFound")]
    public async Task Endpoint_Wrong_IsTold(string method, string path, int status, string outcome)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _broker.Http.SendAsync(request).DefaultTimeout();

        await ExpectAsync(status, outcome);
    }

    [Test]
    public async Task Body_Over32Megabytes_IsToldAs413()
    {
        using var content = new ByteArrayContent(new byte[33_000_000]);

        using var response = await _broker.Http.PostAsync(Path, content).DefaultTimeout();

        await ExpectAsync(413, "TooLarge");
    }

    [Test]
    public async Task Tunnel_Offline_IsToldAs503()
    {
        _exchange.IsOnline = false;

        using var response = await _broker.PostAsync(Path, Question);

        var line = await ExpectAsync(503, "TunnelOffline");
        Assert.That((line.Model, line.Provider), Is.EqualTo((Model, "-")));
    }

    [Test]
    public async Task Turn_Failed_IsToldInTheTunnelsWords()
    {
        _exchange.Answer = [WorkEvents.Failed(FailureKind.TunnelLost, "gone")];

        using var response = await _broker.PostAsync(Path, Question);

        await ExpectAsync(502, "TunnelLost");
    }

    [Test]
    public async Task Turn_FailedMidStream_IsToldWithTheStatusThatWasSent()
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text("half"), WorkEvents.Failed(FailureKind.CliCrashed, "gone")];

        using var response = await _broker.PostAsync(Path, Streamed);

        await ExpectAsync(200, "CliCrashed");
    }

    [Test]
    public async Task Caller_GoneBeforeTheAnswer_IsToldAs499()
    {
        using var leaving = new CancellationTokenSource();
        var sending = _broker.PostAsync(Path, Question, leaving.Token);
        var work = await _exchange.NextAsync();

        await leaving.CancelAsync();

        await work.LeftAsync();
        await ExpectAsync(499, "cancelled");
        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Caller_GoneMidStream_IsTold()
    {
        var sending = _broker.PostAsync(Path, Streamed);
        var work = await _exchange.NextAsync();
        work.Send(WorkEvents.Started(), WorkEvents.Text("half"));

        (await sending).Dispose();

        await work.LeftAsync();
        await ExpectAsync(200, "cancelled");
    }

    [Test]
    public async Task Key_RevokedBeforeTheAnswer_IsToldAs401()
    {
        var sending = _broker.PostAsync(Path, Question);
        var work = await _exchange.NextAsync();

        await _broker.RevokeKeyAsync();

        await work.LeftAsync();
        Assert.That((await sending).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        await ExpectAsync(401, "revoked");
    }

    [Test]
    public async Task Key_RevokedMidStream_IsTold()
    {
        var sending = _broker.PostAsync(Path, Streamed);
        var work = await _exchange.NextAsync();
        work.Send(WorkEvents.Started(), WorkEvents.Text("half"));
        using var response = await sending;

        await _broker.RevokeKeyAsync();

        await work.LeftAsync();
        await ExpectAsync(200, "revoked");
    }

    [TestCase(false, TestName = "{m}(its side is closed)")]
    [TestCase(true, TestName = "{m}(the connection is reset)")]
    public async Task Upload_BrokenOff_IsTold(bool isReset)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _broker.Addresses.Http.Port).DefaultTimeout();
        var head = $"POST /api/v1/{Path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {_broker.Key}\r\n"
            + "Content-Length: 1000\r\n\r\n{\"model\":";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head)).AsTask().DefaultTimeout();

        if (isReset)
        {
            client.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
            client.Close();
        }
        else
        {
            client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        }

        await ExpectAsync(499, "cancelled");
    }

    [Test]
    public async Task OtherEndpoints_AnsweredWell_AreNotTold()
    {
        using var models = await _broker.Http.GetAsync("models").DefaultTimeout();
        using var status = await _broker.Http.GetAsync("status").DefaultTimeout();
        using var page = await _broker.Http.GetAsync(new Uri(_broker.Addresses.Http, "/")).DefaultTimeout();
        using var beside = await _broker.Http.GetAsync(new Uri(_broker.Addresses.Http, "/nothing")).DefaultTimeout();

        await StopAsync();

        Assert.That(_seen.HasMore, Is.False);
        Assert.That(_seen.Measured, Is.Empty);
    }

    private static WorkEvent Used(ulong input, ulong output) => new() { Usage = new Usage { InputTokens = input, OutputTokens = output } };

    /// <summary>One line and one measurement, both of this end; and no other by the time that the broker has stopped.</summary>
    private async Task<CallLine> ExpectAsync(int status, string outcome)
    {
        var line = await _seen.NextAsync();
        await StopAsync();
        Assert.That((line.Status, line.Outcome), Is.EqualTo((status, outcome)));
        Assert.That(_seen.HasMore, Is.False, "A call has one line.");
        Assert.That(_seen.Measured, Has.Count.EqualTo(1));
        var tags = _seen.Measured.Single();
        Assert.That(tags["http.response.status_code"], Is.EqualTo(status));
        Assert.That(tags.GetValueOrDefault("error.type"), Is.EqualTo(outcome == "finished" ? null : outcome));
        return line;
    }

    private async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _broker.DisposeAsync();
        }
    }
}
