using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What bad input gets, in every dialect: its status, its family's error body, and a next call that works.</summary>
[TestFixtureSource(typeof(CallShapes), nameof(CallShapes.All))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BadInputTests(string dialect)
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase(null)]
    [TestCase("pk-")]
    [TestCase("pk-abcdefgh")]
    [TestCase("sk-something-else")]
    public async Task Key_MissingOrWrong_Is401(string? key)
    {
        _broker.Http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);

        await ExpectAsync(await PostAsync(), HttpStatusCode.Unauthorized, "key");
    }

    [Test]
    public async Task Key_Unknown_Is401()
    {
        await using var other = await RunningBroker.StartAsync();
        _broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", other.Key);

        await ExpectAsync(await PostAsync(), HttpStatusCode.Unauthorized, "revoked");
    }

    [TestCase("x-api-key")]
    [TestCase("api-key")]
    [TestCase("x-goog-api-key")]
    [TestCase("?key=")]
    public async Task Key_InAnyVendorsPlace_IsTaken(string place)
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        _broker.Http.DefaultRequestHeaders.Authorization = null;
        var (path, body) = CallShapes.Of(dialect);
        if (place[0] == '?')
        {
            path = $"{path}{place}{_broker.Key}";
        }
        else
        {
            _broker.Http.DefaultRequestHeaders.Add(place, _broker.Key);
        }

        Assert.That((await _broker.PostAsync(path, body)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Tunnel_None_Is503WithoutRetry()
    {
        var response = await PostAsync();

        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        await ExpectAsync(response, HttpStatusCode.ServiceUnavailable, "Tunnel offline");
    }

    [Test]
    public async Task Tunnel_OnItsWayBack_Is503WithRetry()
    {
        await _broker.DisposeAsync();
        _broker = await RunningBroker.StartAsync(replace: services =>
            services.AddSingleton<ITunnelDirectory>(new ScriptedExchange { IsOnline = false, IsClosing = true }));

        var response = await PostAsync();

        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "true" }));
        Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        await ExpectAsync(response, HttpStatusCode.ServiceUnavailable, "Tunnel offline");
    }

    [Test]
    public async Task Cli_None_Is503NamingIt()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", Frames.Cli("codex")));

        var response = await PostAsync();

        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        await ExpectAsync(response, HttpStatusCode.ServiceUnavailable, "No matching CLI provider", "Claude Code");
    }

    [Test]
    public async Task Model_OfNoFamily_Is404()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        var (path, body) = CallShapes.Of(dialect, model: "mistral-large");

        await ExpectAsync(await _broker.PostAsync(path, body), HttpStatusCode.NotFound, "mistral-large");
    }

    [TestCase("{")]
    [TestCase("")]
    [TestCase("[]")]
    [TestCase("nonsense")]
    public async Task Body_NoJsonObject_Is400(string body)
    {
        var (path, _) = CallShapes.Of(dialect);

        await ExpectAsync(await _broker.PostAsync(path, body), HttpStatusCode.BadRequest, "body");
    }

    [Test]
    public async Task Body_Over32Megabytes_Is413()
    {
        var (path, _) = CallShapes.Of(dialect);
        using var content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes($"\"{new string('x', 33_000_000)}\"")));
        content.Headers.ContentType = new("application/json");

        await ExpectAsync(await _broker.Http.PostAsync(path, content).DefaultTimeout(), HttpStatusCode.RequestEntityTooLarge, "32 MB");
    }

    [Test]
    public async Task Method_Wrong_Is405()
    {
        var (path, _) = CallShapes.Of(dialect);

        Assert.That((await _broker.Http.DeleteAsync(path).DefaultTimeout()).StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [Test]
    public async Task AfterBadCalls_TheNextOneWorks()
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        var (path, body) = CallShapes.Of(dialect);
        await _broker.PostAsync(path, "{");
        await _broker.PostAsync(path, "{}");

        Assert.That((await _broker.PostAsync(path, body)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private Task<HttpResponseMessage> PostAsync()
    {
        var (path, body) = CallShapes.Of(dialect);
        return _broker.PostAsync(path, body);
    }

    private async Task ExpectAsync(HttpResponseMessage response, HttpStatusCode status, params string[] texts)
    {
        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(status), body);
        Assert.That(body, Does.Contain(CallShapes.ErrorMark(dialect)));
        foreach (var text in texts)
        {
            Assert.That(body, Does.Contain(text));
        }
    }
}
