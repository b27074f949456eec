using System.Net;
using System.Text;
using System.Text.Json;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>
/// What is not there is told in JSON, below the API and beside it; the probes answer GET and HEAD, and tell nothing of the accounts.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnknownPathTests
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase("POST", "/v1/chat/completions", HttpStatusCode.NotFound, "/api/v1")]
    [TestCase("GET", "/nothing", HttpStatusCode.NotFound, "/api/v1")]
    [TestCase("GET", "/api/v1/nothing", HttpStatusCode.NotFound, "/api/v1/nothing")]
    [TestCase("DELETE", "/healthz", HttpStatusCode.MethodNotAllowed, "DELETE")]
    [TestCase("PUT", "/api/v1/status", HttpStatusCode.MethodNotAllowed, "PUT")]
    public async Task Send_NoEndpoint_IsToldInJson(string method, string path, HttpStatusCode status, string text)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_broker.Addresses.Http, path));
        using var response = await _broker.Http.SendAsync(request).DefaultTimeout();

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout());
        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(body.RootElement.GetProperty("error").GetProperty("message").GetString(), Does.Contain(text));
    }

    [TestCase("GET", "/healthz", "ok")]
    [TestCase("HEAD", "/healthz", "")]
    [TestCase("GET", "/readyz", "ready")]
    [TestCase("HEAD", "/readyz", "")]
    public async Task Probe_WithoutKey_AnswersThatAlone(string method, string path, string body)
    {
        _broker.Http.DefaultRequestHeaders.Authorization = null;
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_broker.Addresses.Http, path));
        using var response = await _broker.Http.SendAsync(request).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Is.EqualTo(body));
    }

    [Test]
    public async Task Api_CalledAsIfByATunnel_StillWantsAKey()
    {
        _broker.Http.DefaultRequestHeaders.Authorization = null;
        using var content = new StringContent("{}", Encoding.UTF8, "application/grpc");

        using var response = await _broker.Http.PostAsync("chat/completions", content).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Model_WithAnEscapedSlash_IsNamedWithIt()
    {
        using var response = await _broker.Http.GetAsync("models/claude%2Fopus").DefaultTimeout();

        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("'claude/opus'"));
    }
}
