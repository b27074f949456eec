using System.Net;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>A slash too many, at the end of a base URL or of a path, is none.</summary>
public sealed class SlashTests
{
    private RunningBroker _broker = null!;
    private FakeTunnel _tunnel = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        _tunnel = await _broker.ConnectTunnelAsync();
        _tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello.");
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Post_WithASlashTooMany_IsAnswered(
        [ValueSource(typeof(CallShapes), nameof(CallShapes.All))] string dialect,
        [Values("/", "//", "///", "")] string before,
        [Values] bool behind)
    {
        var (path, body) = CallShapes.Of(dialect);
        using var content = new StringContent(body, null, "application/json");

        using var response = await _broker.Http.PostAsync(Address(before, path, behind), content).DefaultTimeout();

        var text = await response.Content.ReadAsStringAsync();
        Assert.That(text, Does.Contain("Hello."));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Get_WithASlashTooMany_IsAnswered(
        [Values("models", "v1/models", "models/claude-opus-4-6", "status")] string path, [Values] bool behind)
    {
        using var response = await _broker.Http.GetAsync(Address("/", path, behind)).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Post_WithASlashTooMany_AsksForTheKey()
    {
        using var stranger = new HttpClient { BaseAddress = _broker.Http.BaseAddress };
        using var content = new StringContent("{}", null, "application/json");

        using var response = await stranger.PostAsync(Address("/", "chat/completions", false), content).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private Uri Address(string before, string path, bool behind) => new($"{_broker.Http.BaseAddress}{before}{path}{(behind ? "/" : "")}");
}
