using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Login;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Login;

/// <summary>A login at a broker that says what the test wants. The whole way, with a real broker, is in EndToEnd.Tests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeviceLoginTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Queue<(int Status, string Body)> _answers = [];
    private readonly List<(string Path, string Form, DateTimeOffset At)> _asked = [];
    private WebApplication _app = null!;
    private Uri _broker = null!;
    private string? _endpoints;
    private DeviceLogin? _login;

    [SetUp]
    public async Task SetUp()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/polydev", () => Results.Text(
            $$"""
            {"grpc":"{{_broker}}","device_authorization_endpoint":"{{_endpoints ?? $"{_broker}"}}code",
             "token_endpoint":"{{_endpoints ?? $"{_broker}"}}token","revocation_endpoint":"{{_endpoints ?? $"{_broker}"}}revoke"}
            """,
            "application/json"));
        _app.MapPost("/{path}", async (HttpContext context, string path) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            _asked.Add((path, await reader.ReadToEndAsync(), _time.GetUtcNow()));
            var (status, body) = _answers.Dequeue();
            return Results.Text(body, "application/json", statusCode: status);
        });
        await _app.StartAsync();
        _broker = new Uri(_app.Urls.Single());
    }

    [TearDown]
    public async Task TearDown() => await _app.DisposeAsync();

    [Test]
    public async Task Wait_PendingThenSlowedDown_KeepsToWhatTheBrokerAsks()
    {
        var code = await StartAsync();
        _answers.Enqueue((400, """{"error":"authorization_pending"}"""));
        _answers.Enqueue((400, """{"error":"slow_down"}"""));
        _answers.Enqueue((502, "a proxy's page"));
        _answers.Enqueue((200, """{"access_token":"pd_x","token_type":"Bearer","machine_name":"my\nstudio"}"""));

        var stored = await WaitAsync(code);

        Assert.That(stored, Is.EqualTo(new StoredLogin(_broker, "pd_x", "my studio")));
        var waits = _asked.Skip(1).Zip(_asked, (next, before) => next.At - before.At).ToArray();
        Assert.That(waits, Has.Length.EqualTo(4));
        foreach (var (wait, least) in waits.Zip([5, 5, 10, 15]))
        {
            Assert.That(wait, Is.AtLeast(TimeSpan.FromSeconds(least)));
        }

        Assert.That(_asked[^1].Form, Does.Contain("device_code=pc_x").And.Contain("client_id=polydev-mcp"));
    }

    [TestCase("access_denied", "The machine was denied.")]
    [TestCase("expired_token", "The code has ended.")]
    [TestCase("invalid_grant", "No such code.")]
    public async Task Wait_Ended_SaysWhy(string error, string description)
    {
        var code = await StartAsync();
        _answers.Enqueue((400, $$"""{"error":"{{error}}","error_description":"{{description}}"}"""));

        Assert.That(() => WaitAsync(code), Throws.TypeOf<ConnectionEndedException>().With.Message.Contains(description));
    }

    [Test]
    public async Task Wait_UntilTheCodeHasEnded_AsksNoMore()
    {
        var code = await StartAsync();

        // One each five seconds of ten minutes, and one behind their end.
        for (var poll = 0; poll < 121; poll++)
        {
            _answers.Enqueue((400, """{"error":"authorization_pending"}"""));
        }

        Assert.That(() => WaitAsync(code), Throws.TypeOf<ConnectionEndedException>().With.Message.Contains("login again"));
        Assert.That(_asked, Has.Count.InRange(2, 122));
    }

    [TestCase("file:///etc/passwd")]
    [TestCase("javascript:alert(1)")]
    public void Start_APageThatIsNone_IsShownToNobody(string page)
    {
        _answers.Enqueue((200, $$"""
            {"device_code":"pc_x","user_code":"BBBB-CCCC","verification_uri":"http://x/device",
             "verification_uri_complete":"{{page}}","expires_in":600,"interval":5}
            """));

        Assert.That(() => Create().StartAsync("m", "1", default), Throws.TypeOf<ConnectionEndedException>());
    }

    [TestCase("http://evil.example/")]
    [TestCase("http://127.0.0.1:1/")]
    [TestCase("https://127.0.0.1/")]
    public void Start_EndpointsElsewhere_SendsNothingThere(string elsewhere)
    {
        _endpoints = elsewhere;

        Assert.That(
            () => Create().StartAsync("m", "1", default),
            Throws.TypeOf<ConnectionEndedException>().With.Message.Contains("log in there, by its own address"));
        Assert.That(() => Create().RevokeAsync("pd_x", default), Throws.TypeOf<ConnectionEndedException>());
        Assert.That(_asked, Is.Empty);
    }

    [Test]
    public async Task Revoke_AToken_IsSentToItsBroker()
    {
        _answers.Enqueue((200, ""));

        await Create().RevokeAsync("pd_x", default).DefaultTimeout();

        Assert.That(_asked.Select(one => (one.Path, one.Form)), Is.EqualTo(new[] { ("revoke", "client_id=polydev-mcp&token=pd_x") }));
    }

    [Test]
    public void Revoke_NotTaken_SaysSo()
    {
        _answers.Enqueue(((int)HttpStatusCode.ServiceUnavailable, ""));

        Assert.That(
            () => Create().RevokeAsync("pd_x", default),
            Throws.TypeOf<ConnectionEndedException>().With.Message.Contains("did not take").And.Message.Not.Contains("pd_x"));
    }

    private DeviceLogin Create() => _login = new DeviceLogin(new TunnelSettings { Broker = _broker }, _time);

    private Task<DeviceCode> StartAsync()
    {
        _answers.Enqueue((200, """
            {"device_code":"pc_x","user_code":"BBBB-CCCC","verification_uri":"http://x/device","expires_in":600,"interval":5}
            """));
        return Create().StartAsync("m", "1", default).DefaultTimeout();
    }

    // Turns the clock while the login waits, whatever it waits for.
    private async Task<StoredLogin> WaitAsync(DeviceCode code)
    {
        var waiting = _login!.WaitAsync(code, default);
        using var turning = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await turning.WaitForNextTickAsync(limit.Token);
        }

        return await waiting;
    }
}
