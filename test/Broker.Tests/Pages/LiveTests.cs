using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.Broker.Tests.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The stream behind a page, over a real socket.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class LiveTests
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();

        // Relative times are of a whole minute in the stream.
        _broker.Time.SetUtcNow(DateTimeOffset.FromUnixTimeSeconds(60 * ((_broker.Time.GetUtcNow().ToUnixTimeSeconds() / 60) + 1)));
    }

    [TearDown]
    public async Task TearDown()
    {
        _http.Dispose();
        await _broker.DisposeAsync();
    }

    [TestCase("/", "overview", "lede", "machines")]
    [TestCase("/machines", "machines", "lede", "machines")]
    [TestCase("/calls", "calls", "lede", "newer", "none", "running")]
    [TestCase("/keys", "keys", "lede", "month", "resets-hour")]
    [TestCase("/usage", "usage", "lede", "until-hour", "used-account-hour")]
    public async Task ItsFirstEvent_IsWhatThePageShows(string path, string name, params string[] some)
    {
        await using var tunnel = await _broker.Running.ConnectTunnelAsync();
        var browser = await _broker.SignedInAsync();
        browser.Cookies["polydev-zone"] = "Europe%2FBerlin";
        var page = await browser.GetAsync(path);
        Assert.That(page.Html, Does.Contain($"<body data-live=\"{name}\">").And.Not.Contain("<!--part"));

        using var stream = await OpenAsync(browser, name);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        var parts = await FirstAsync(reader);

        Assert.That(stream.Content.Headers.ContentType!.ToString(), Is.EqualTo("text/event-stream; charset=utf-8"));
        Assert.That(stream.Headers.CacheControl!.NoStore, Is.True);
        Assert.That(parts.Keys, Is.SupersetOf((string[])["verdict", "count-keys", "count-machines", "count-used-up", .. some]));
        foreach (var (id, html) in parts)
        {
            Assert.That(html, Does.Match($"^<[a-z]+ [^>]*id=\"{id}\""), id);
            Assert.That(Lines(page.Html), Does.Contain(Lines(html)), id);
        }
    }

    [Test]
    public async Task NobodySignedIn_IsToldSo_AndSentNowhere()
    {
        var page = await _broker.OpenBrowser().GetAsync("/live?page=overview");

        Assert.That((page.Status, page.Location, page.Html), Is.EqualTo((HttpStatusCode.Unauthorized, (string?)null, "")));
    }

    [TestCase("/live")]
    [TestCase("/live?page=sign-in")]
    public async Task APageThatIsNotLive_IsNotFound(string path)
    {
        var browser = await _broker.SignedInAsync();

        Assert.That((await browser.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task TheBrokerStops_TheStreamDoesNotHoldIt()
    {
        var browser = await _broker.SignedInAsync();
        using var stream = await OpenAsync(browser, "overview");
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        await FirstAsync(reader);

        var again = _broker.StartAgainAsync();

        while (await reader.ReadLineAsync().DefaultTimeout() is { } line)
        {
            Assert.That(line, Is.Empty, "what was begun is whole, and no more comes");
        }

        await again.DefaultTimeout();
    }

    [Test]
    public async Task TheScript_IsUnderSixKilobytes()
    {
        var script = await _broker.OpenBrowser().GetAsync("/polydev.js");

        Assert.That(script.Html, Has.Length.LessThan(6000));
    }

    private async Task<HttpResponseMessage> OpenAsync(Browser browser, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_broker.Running.Addresses.Http, $"/live?page={name}"));
        request.Headers.Add("Cookie", string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).DefaultTimeout();
    }

    private static async Task<Dictionary<string, string>> FirstAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync().DefaultTimeout();
        Assert.That(line, Does.StartWith("data: {\"at\":\""));
        return JsonDocument.Parse(line!["data: ".Length..]).RootElement.GetProperty("parts").EnumerateObject()
            .ToDictionary(part => part.Name, part => part.Value.GetString()!);
    }

    private static string Lines(string html) => Spaces().Replace(html, " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
