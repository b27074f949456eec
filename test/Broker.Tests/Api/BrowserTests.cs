using System.Net;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What a browser asks before it lets a page call us, and what it wants to see in every answer; HEAD wherever GET is.</summary>
public sealed class BrowserTests
{
    private const string Page = "https://chat.example";

    [Test]
    public async Task Preflight_OnEveryApiPath_IsAnsweredWithoutAKey(
        [Values("chat/completions", "v1/messages", "models", "v1beta/models/x:generateContent", "status", "nothing")] string path)
    {
        await using var broker = await RunningBroker.StartAsync();

        using var response = await PreflightAsync(broker, path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(HeaderOf(response, "Access-Control-Allow-Origin"), Is.EqualTo("*"));
        Assert.That(HeaderOf(response, "Access-Control-Allow-Headers"), Does.Contain("authorization").And.Contain("x-stainless-os"));
        Assert.That(HeaderOf(response, "Access-Control-Allow-Methods"), Does.Contain("POST"));
    }

    [Test]
    public async Task Options_ThatAreNoPreflight_NeedNoKeyEither()
    {
        await using var broker = await RunningBroker.StartAsync();

        using var response = await SendAsync(broker, "OPTIONS", "chat/completions", key: null, origin: null);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(response.Content.Headers.Allow, Does.Contain("POST"));
    }

    [TestCase("GET", "models", HttpStatusCode.OK)]
    [TestCase("GET", "models", HttpStatusCode.Unauthorized)]
    [TestCase("GET", "nothing", HttpStatusCode.NotFound)]
    [TestCase("DELETE", "models", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "chat/completions", HttpStatusCode.BadRequest)]
    public async Task Answer_ErrorOrNot_IsForThePageToRead(string method, string path, HttpStatusCode status)
    {
        await using var broker = await RunningBroker.StartAsync();

        using var response = await SendAsync(broker, method, path, status == HttpStatusCode.Unauthorized ? null : broker.Key, Page);

        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That(HeaderOf(response, "Access-Control-Allow-Origin"), Is.EqualTo("*"));
        Assert.That(
            HeaderOf(response, "Access-Control-Expose-Headers"), Does.Contain("x-request-id").And.Contain("retry-after").And.Contain(
                "x-polydev-ignored").And.Contain("anthropic-ratelimit-requests-remaining"));
        Assert.That(
            HeaderOf(response, "Access-Control-Expose-Headers"), Does.Contain("openai-processing-ms").And.Contain("openai-version").And
                .Contain("anthropic-organization-id").And.Contain("server-timing"));
    }

    [TestCase("/")]
    [TestCase("/healthz")]
    [TestCase("/.well-known/polydev")]
    public async Task BesideTheApi_NothingIsForAnotherPage(string path)
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { CorsOrigins = ["*"] });

        using var response = await SendAsync(broker, "GET", path, key: null, Page);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
    }

    [Test]
    public async Task HostedBroker_AllowsNoOriginByDefault()
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { PublicUrl = new Uri("https://broker.example") });

        using var preflight = await PreflightAsync(broker, "models");
        using var response = await SendAsync(broker, "GET", "models", broker.Key, Page);

        Assert.That(preflight.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
    }

    [TestCase("https://chat.example", "https://chat.example")]
    [TestCase("https://other.example", null)]
    public async Task OriginsChosen_AreThoseAlone(string origin, string? allowed)
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { CorsOrigins = [Page, "app://obsidian.md"] });

        using var response = await SendAsync(broker, "GET", "models", broker.Key, origin);

        Assert.That(HeaderOf(response, "Access-Control-Allow-Origin"), Is.EqualTo(allowed));
    }

    [TestCase("/")]
    [TestCase("/.well-known/polydev")]
    [TestCase("/api/v1/models")]
    [TestCase("/api/v1/v1/models")]
    [TestCase("/api/v1/v1beta/models")]
    [TestCase("/api/v1/status")]
    public async Task Head_WhereGetIs_IsAnsweredWithoutABody(string path)
    {
        await using var broker = await RunningBroker.StartAsync();

        using var got = await SendAsync(broker, "GET", path, broker.Key, origin: null);
        using var response = await SendAsync(broker, "HEAD", path, broker.Key, origin: null);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType, Is.EqualTo(got.Content.Headers.ContentType));
        Assert.That(await response.Content.ReadAsByteArrayAsync().DefaultTimeout(), Is.Empty);
    }

    private static Task<HttpResponseMessage> PreflightAsync(RunningBroker broker, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, Address(broker, path));
        request.Headers.Add("Origin", Page);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os");
        broker.Http.DefaultRequestHeaders.Authorization = null;
        return broker.Http.SendAsync(request).DefaultTimeout();
    }

    private static Task<HttpResponseMessage> SendAsync(RunningBroker broker, string method, string path, string? key, string? origin)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), Address(broker, path));
        broker.Http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return broker.Http.SendAsync(request).DefaultTimeout();
    }

    private static Uri Address(RunningBroker broker, string path) =>
        new(broker.Addresses.Http, path.StartsWith('/') ? path : $"/api/v1/{path}");

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}
