using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Web;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Hosted;

/// <summary>README's hosted set-up, all of it at once and from outside: nothing here speaks to the broker but through the proxy.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[UnsupportedOSPlatform("windows")]
public sealed class HostedTests(TunnelBuild build)
{
    private const string Forged = "203.0.113.9";
    private const string Codex = "gpt-5.3-codex";
    private HostedSite _site = null!;

    // What the sign-in provider sent the browser back with.
    private string _grant = null!;

    [SetUp]
    public async Task SetUp() => _site = await HostedSite.StartAsync(build);

    [TearDown]
    public async Task TearDown()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }
    }

    [Test]
    public async Task Broker_BehindTheProxyOfReadme_IsSignedInAtAndLoggedInToAndCalled()
    {
        using var browser = new Browser(_site.Address, handler: _site.Visitor());
        browser.Headers["X-Forwarded-For"] = Forged;

        // 1. The machine asks, and its person signs in with the provider on the way to the page that approves it.
        await using var login = _site.StartTool("login", _site.Address.AbsoluteUri);
        var page = new Uri((await login.LineWithAsync("Open ")).Split(' ')[^1]);
        Assert.That(page.GetLeftPart(UriPartial.Authority), Is.EqualTo(_site.Address.GetLeftPart(UriPartial.Authority)));
        Assert.That((await browser.GetAsync(page.PathAndQuery)).Location, Is.EqualTo("/sign-in"));
        var confirm = await SignInAsync(browser);
        var code = (await login.LineWithAsync("Code ")).Split(' ')[^1];
        Assert.That(confirm.Text, Does.Contain(code));
        Assert.That(confirm.Text, Does.Contain("127.0.0.1").And.Not.Contain("the same address as this browser"));
        await browser.SubmitAsync(confirm, ("machine_name", "studio"), ("decision", "approve"));
        Assert.That(await login.ExitAsync(), Is.Zero, login.Output);

        // 2. Its tunnel comes online through the proxy, by what login has kept.
        await using var tunnel = _site.StartTool("tunnel");
        await tunnel.LineWithAsync(" online ");
        using var client = await ClientAsync(browser);
        await ReadyAsync(client);

        // 3. Calls: of a megabyte, and streamed in either version of HTTP, read while the answer stands in its middle.
        var megabyte = string.Concat(Enumerable.Repeat($"{new string('x', 1023)} ", 1024));
        Assert.That(await EchoAsync(client, megabyte), Is.EqualTo(megabyte));
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            await StreamAsync(client, version);
        }

        // 4. Who did what from where: not what anybody wrote into a header.
        var trail = await AuditAsync(browser);
        Assert.That(trail, Does.Contain(("session.signed_in", $"{HostedSite.Elsewhere}")));
        Assert.That(trail, Does.Contain(("machine.approved", $"{HostedSite.Elsewhere}")));
        Assert.That(trail, Does.Contain(("key.created", $"{HostedSite.Elsewhere}")));
        Assert.That(trail.Select(entry => entry.Address), Has.None.EqualTo(Forged));
        Assert.That(_site.DataFiles, Is.Empty, "it is all in PostgreSQL");

        // 5. The proxy is restarted: the tunnel comes back by itself.
        await _site.Proxy.StopAsync();
        await _site.Proxy.StartAsync();
        await tunnel.LineWithAsync(" online ", skip: 1);
        Assert.That(await EchoAsync(client, "are you there?"), Is.EqualTo("are you there?"));

        await tunnel.TerminateAsync();
        Assert.That(await tunnel.ExitAsync(), Is.Zero, tunnel.Output);

        // 6. None of the secrets, and nothing that was said, stands anywhere.
        await _site.EndAsync(
            [_site.Token, client.DefaultRequestHeaders.Authorization!.Parameter!],
            [code, code.Replace("-", ""), browser.Cookies["__Host-polydev"], _grant, megabyte, "are you there?", "half an answer"],
            [tunnel.Output, SecretWatch.PrintedBeside(login, code, lines: 2)]);
    }

    [Test]
    public async Task Broker_AskedWithoutTls_AnswersNothingButWhereToGo()
    {
        using var browser = new Browser(_site.PlainAddress, handler: _site.Visitor());
        var plain = await browser.GetAsync("/device?user_code=BCDF-GHJK");
        Assert.That((plain.Status, plain.Location), Is.EqualTo(
            (HttpStatusCode.MovedPermanently, new Uri(_site.Address, "/device?user_code=BCDF-GHJK").AbsoluteUri)));

        // A name that is not ours leads nobody astray.
        browser.Headers["Host"] = "evil.example";
        Assert.That((await browser.GetAsync("/")).Location, Is.EqualTo(_site.Address.AbsoluteUri));

        using var wrong = new Browser(new UriBuilder(_site.Address) { Scheme = Uri.UriSchemeHttp }.Uri, handler: _site.Visitor());
        Assert.That((await wrong.GetAsync("/healthz")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        using var right = new Browser(_site.Address, handler: _site.Visitor());
        Assert.That((await right.GetAsync("/healthz")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    // To the provider and back, and then where one wanted to go.
    private async Task<BrowserPage> SignInAsync(Browser browser)
    {
        var start = await browser.GetAsync("/sign-in/start");
        var callback = new Uri(_site.Address, "/sign-in/callback").AbsoluteUri;
        Assert.That(start.Location, Does.Contain($"redirect_uri={Uri.EscapeDataString(callback)}"), start.Text);
        var back = (await _site.SignIn.VisitAsync(start.Location!)).Address;
        Assert.That(back.GetLeftPart(UriPartial.Path), Is.EqualTo(callback));
        _grant = HttpUtility.ParseQueryString(back.Query)["code"]!;
        var signedIn = await browser.GetAsync(back.PathAndQuery);

        Assert.That(browser.Cookies.Keys, Does.Contain("__Host-polydev"), signedIn.Text);
        Assert.That(browser.SetCookies, Has.All.StartsWith("__Host-").And.All.Contains("secure").IgnoreCase);
        return await browser.FollowAsync(signedIn);
    }

    // With a key that the person has made.
    private async Task<HttpClient> ClientAsync(Browser browser)
    {
        var client = new HttpClient(_site.Visitor()) { BaseAddress = _site.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/manage/v1/keys")
        {
            Headers = { { "Cookie", $"__Host-polydev={browser.Cookies["__Host-polydev"]}" }, { "x-polydev-request", "1" } },
            Content = JsonContent.Create(new { name = "script" }),
        };
        using var response = await client.SendAsync(request).DefaultTimeout();
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created), body);
        using var made = JsonDocument.Parse(body);
        var key = made.RootElement.GetProperty("secret").GetString();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    // Codex has passed its self-test.
    private static async Task ReadyAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        string status;
        while ((status = await client.GetStringAsync("api/v1/status", limit.Token)).Contains("\"testing\"", StringComparison.Ordinal))
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        Assert.That(status, Does.Contain("\"codex\""));
    }

    private static async Task<string?> EchoAsync(HttpClient client, string text)
    {
        var messages = new[] { ChatCall.User(text) };
        using var response = await client.PostAsJsonAsync("api/v1/chat/completions", new { model = KnownModels.Echo, messages })
            .DefaultTimeout();
        return new ChatReply((int)response.StatusCode, await response.Content.ReadAsStringAsync()).Text;
    }

    private async Task StreamAsync(HttpClient client, Version version)
    {
        var gate = new ProviderGate();
        _site.Models.Answer(ProviderScript.Say("half an answer, ").Wait(gate).Text("and the rest"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/chat/completions")
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = JsonContent.Create(new { model = Codex, stream = true, messages = new[] { ChatCall.User("go on") } }),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).DefaultTimeout();
        Assert.That(response.Version, Is.EqualTo(version));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        string? line;
        do
        {
            line = await reader.ReadLineAsync().DefaultTimeout();
            Assert.That(line, Is.Not.Null.And.Not.Contains("\"error\""));
        }
        while (!line!.Contains("half an answer", StringComparison.Ordinal));

        gate.Open();
        Assert.That(await reader.ReadToEndAsync().DefaultTimeout(), Does.Contain("and the rest").And.Contain("data: [DONE]"));
    }

    private static async Task<IReadOnlyList<(string Action, string Address)>> AuditAsync(Browser browser)
    {
        var page = await browser.GetAsync("/api/manage/v1/audit");
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK), page.Html);
        using var trail = JsonDocument.Parse(page.Html);
        return
        [
            .. trail.RootElement.GetProperty("entries").EnumerateArray().Select(entry =>
                (entry.GetProperty("action").GetString()!, entry.GetProperty("actor").GetProperty("address").GetString()!)),
        ];
    }
}
