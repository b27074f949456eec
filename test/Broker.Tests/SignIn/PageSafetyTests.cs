using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn;

/// <summary>What holds for every page, whatever it is for.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class PageSafetyTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task EveryPage_ForgedForm_IsRefused()
    {
        var browser = await _broker.SignedInAsync();
        var posts = Pages("POST").ToArray();
        Assert.That(posts, Is.SupersetOf(new[] { "/sign-in", "/sign-out", "/device" }));
        foreach (var path in posts)
        {
            // With the cookies that a browser sends along, but without what only our own form knows.
            var answer = await browser.PostAsync(path, ("link", await _broker.LinkAsync()), ("decision", "approve"));

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden), path);
            Assert.That(answer.Title, Is.EqualTo("This form is too old, or came from elsewhere"));
        }

        Assert.That((await browser.GetAsync("/sign-out")).Status, Is.EqualTo(HttpStatusCode.OK), "nobody was signed out");
    }

    [Test]
    public async Task AForm_OfAnotherAccountOrFromBeforeTheSignIn_IsRefused()
    {
        var ann = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));
        var owner = await _broker.SignedInAsync();
        var foreign = await ann.GetAsync("/sign-out");
        owner.Cookies["polydev-form"] = ann.Cookies["polydev-form"];

        Assert.That((await owner.SubmitAsync(foreign)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task AForm_ThatIsNoneOrTooLarge_IsRefused()
    {
        var browser = await _broker.SignedInAsync();
        var page = await browser.GetAsync("/sign-out");

        Assert.That(
            (await browser.SubmitAsync(page, ("more", new string('x', 20_000)))).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await browser.GetAsync("/sign-out")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task EveryPage_AnyAnswer_AllowsABrowserNothingMore()
    {
        var browser = await _broker.SignedInAsync();
        foreach (var path in Pages("GET").Select(WithIds))
        {
            var page = await browser.GetAsync(path);

            var policy = page.Headers["Content-Security-Policy"];
            Assert.That(policy, Does.Contain("default-src 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"), path);
            Assert.That(page.Headers["X-Frame-Options"], Is.EqualTo("DENY"), path);
            Assert.That(page.Headers["X-Content-Type-Options"], Is.EqualTo("nosniff"), path);
            Assert.That(page.Headers["Referrer-Policy"], Is.EqualTo("no-referrer"), path);
            Assert.That(page.Headers["Cache-Control"], Does.Contain("no-store"), path);
            if (page.Headers["Content-Type"].StartsWith("text/csv", StringComparison.Ordinal))
            {
                Assert.That(page.Headers["Content-Disposition"], Does.StartWith("attachment"), path);
                continue;
            }

            Assert.That(page.Html, Does.Not.Match("<script(?! src=\"/polydev.js\" defer></script>)"), path);
            Assert.That(page.Html, Does.Not.Contain(" style=").And.Not.Contain("<style").And.Not.Match(" on[a-z]+="), path);
            Assert.That(page.Html, Does.Contain("<html lang=\"en\">").And.Contain("<title>").And.Contain("<h1"), path);
        }

        Assert.That((await browser.GetAsync("/polydev.css")).Headers["Content-Type"], Is.EqualTo("text/css; charset=utf-8"));
    }

    [Test]
    public async Task EveryPageThatNeedsAnAccount_SignedOut_AsksToSignIn()
    {
        var pages = Endpoints().Where(one => one.Metadata.GetMetadata<PageRules>() is { NeedsAccount: true, IsStream: false })
            .Select(one => (
                WithIds(one.RoutePattern.RawText!),
                one.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("POST")))
            .ToArray();
        Assert.That(pages, Is.SupersetOf(new[] { ("/", false), ("/sign-out", false), ("/sign-out", true), ("/device", true) }));
        foreach (var (path, posts) in pages)
        {
            var browser = _broker.OpenBrowser();
            var answer = posts ? await browser.PostAsync(path) : await browser.GetAsync(path);

            Assert.That((answer.Location, answer.Html), Is.EqualTo(("/sign-in", "")), path);
        }
    }

    [Test]
    public async Task Cookies_WithoutTls_AreOutOfAScriptsReach()
    {
        var browser = await _broker.SignedInAsync();

        foreach (var cookie in browser.SetCookies)
        {
            Assert.That(cookie.ToLowerInvariant(), Does.Contain("httponly").And.Contain("samesite=").And.Contain("path=/"), cookie);
        }
    }

    [Test]
    public async Task Cookies_BehindATlsProxy_AreSecureAndOfThisHostAlone()
    {
        await _broker.StartAgainAsync(new Uri("https://broker.example"));
        var browser = _broker.OpenBrowser();
        await browser.GetAsync("/device");
        await browser.SubmitAsync(await browser.GetAsync(await _broker.LinkAsync()));

        Assert.That(browser.Cookies.Keys, Has.Some.EqualTo("__Host-polydev"));
        foreach (var cookie in browser.SetCookies)
        {
            Assert.That(cookie, Does.StartWith("__Host-"));
            Assert.That(cookie.ToLowerInvariant(), Does.Contain("httponly").And.Contain("secure").And.Contain("samesite="), cookie);
        }
    }

    [Test]
    public async Task Text_OfAPerson_IsTextInThePage()
    {
        const string Odd = "<b onclick=\"x\">&amp;'";
        var browser = await _broker.SignedInAsync(await _broker.OpenAccountAsync(Odd));

        var page = await browser.GetAsync("/sign-out");

        Assert.That(page.Html, Does.Not.Contain("<b "));
        Assert.That(page.Text, Does.Contain(Odd));
    }

    [Test]
    public async Task Api_WithASessionsCookie_KnowsNobody()
    {
        var counting = new CountingSessions(_broker.Running.Services.GetRequiredService<ISessionStore>());
        await using var broker = await Api.RunningBroker.StartAsync(
            replace: services => services.AddSingleton<ISessionStore>(counting));
        var links = broker.Services.GetRequiredService<SignInLinks>();
        var link = await links.CreateAsync(Account.OwnerId, broker.Addresses.Site, default);
        using var browser = new Browser(broker.Addresses.Http);
        await browser.SubmitAsync(await browser.GetAsync(link.Url.PathAndQuery));
        await browser.GetAsync("/sign-out");
        Assert.That(counting.Reads, Is.EqualTo(1), "a page asks");

        var answer = await browser.GetAsync("/api/v1/models");
        browser.Headers["Authorization"] = $"Bearer {broker.Key}";
        var good = await browser.GetAsync("/api/v1/status");

        Assert.That((answer.Status, good.Status), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
        Assert.That(counting.Reads, Is.EqualTo(1), "and no call does");
    }

    private IEnumerable<RouteEndpoint> Endpoints() =>
        _broker.Running.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private IEnumerable<string> Pages(string method) => Endpoints()
        .Where(one => one.Metadata.GetMetadata<PageRules>() is { IsStream: false }
            && one.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains(method))
        .Select(one => one.RoutePattern.RawText!);

    // Ids that are none.
    private static string WithIds(string path) => ParameterOfAPath().Replace(path, "x");

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex ParameterOfAPath();

    private sealed class CountingSessions(ISessionStore inner) : ISessionStore
    {
        private int _reads;

        public int Reads => _reads;

        public Task CreateAsync(Session session, AuditEntry entry, CancellationToken cancellationToken) =>
            inner.CreateAsync(session, entry, cancellationToken);

        public Task<Session?> FindAsync(string id, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return inner.FindAsync(id, cancellationToken);
        }

        public Task<IReadOnlyList<Session>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken) =>
            inner.ListAsync(accountId, now, cancellationToken);

        public Task NoteSeenAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) =>
            inner.NoteSeenAsync(id, at, cancellationToken);

        public Task<bool> EndAsync(string accountId, string id, DateTimeOffset at, CancellationToken cancellationToken) =>
            inner.EndAsync(accountId, id, at, cancellationToken);

        public Task<int> EndAllAsync(string accountId, AuditEntry entry, CancellationToken cancellationToken) =>
            inner.EndAllAsync(accountId, entry, cancellationToken);
    }
}
