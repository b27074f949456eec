using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Presence;
using Polydev.Broker.SignIn;
using Polydev.Broker.Tests.Api;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>What a browser is shown where there is no page, or where the page has failed; programs keep the API's words.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class ErrorPageTests
{
    private const string BrowserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [TestCase("GET", "/nothing", HttpStatusCode.NotFound, "There is no such page.")]
    [TestCase("GET", "/keyz/1?x=2", HttpStatusCode.NotFound, "There is no such page.")]
    [TestCase("POST", "/connect", HttpStatusCode.MethodNotAllowed, "This address is not opened like that.")]
    public async Task Browser_WhereThereIsNoPage_IsToldInOne(string method, string path, HttpStatusCode status, string title)
    {
        await using var broker = await RunningBroker.StartAsync();
        using var browser = OpenBrowser(broker);

        var page = method == "GET" ? await browser.GetAsync(path) : await browser.PostAsync(path);

        Assert.That((page.Status, page.Title), Is.EqualTo((status, title)));
        Assert.That(page.Headers["Content-Type"], Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(page.Headers["Content-Security-Policy"], Does.Contain("default-src 'none'"));
        Assert.That(page.Html, Does.Contain("href=\"/\""), "one way on");
    }

    [TestCase("/nothing", "*/*")]
    [TestCase("/nothing", "application/json")]
    [TestCase("/api/v1/nothing", BrowserAccept)]
    [TestCase("/api", BrowserAccept)]
    public async Task Program_OrThePathOfOne_IsToldInJson(string path, string accept)
    {
        await using var broker = await RunningBroker.StartAsync();
        using var browser = OpenBrowser(broker);
        browser.Headers["Accept"] = accept;

        var answer = await browser.GetAsync(path);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Headers["Content-Type"], Is.EqualTo("application/json; charset=utf-8"));
    }

    /// <summary>There the cookie of forms wants TLS, which a missing page has to speak of as every other page does.</summary>
    [Test]
    public async Task Browser_BehindATlsProxy_IsToldInAPage()
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { PublicUrl = new Uri("https://broker.example") });
        using var browser = OpenBrowser(broker);

        Assert.That((await browser.GetAsync("/nothing")).Title, Is.EqualTo("There is no such page."));
    }

    [Test]
    public async Task Page_ThatFails_GivesAnIdThatStandsInTheLog_AndNothingElse()
    {
        await using var broker = await RunningBroker.StartAsync(
            replace: services => services.AddSingleton<ITunnelDirectory>(new BrokenDirectory()));
        broker.Logs.Expect("PageFailed");
        using var browser = OpenBrowser(broker);
        var link = await broker.Services.GetRequiredService<SignInLinks>().CreateAsync(Account.OwnerId, broker.Addresses.Site, default);
        await browser.SubmitAsync(await browser.GetAsync(link.Url.PathAndQuery));

        var page = await browser.GetAsync("/connect");

        Assert.That((page.Status, page.Title), Is.EqualTo((HttpStatusCode.InternalServerError, "The broker made a mistake.")));
        var id = Output().Match(page.Html).Groups[1].Value;
        Assert.That(broker.Logs.Errors, Has.One.Contains(id).And.One.Contains(BrokenDirectory.Secret));
        Assert.That(id, Has.Length.EqualTo(12));
        Assert.That(page.Html, Does.Not.Contain(BrokenDirectory.Secret).And.Not.Contain("Exception").And.Not.Contain("   at "));
        Assert.That(page.Headers["Content-Security-Policy"], Does.Contain("default-src 'none'"));
    }

    private static Browser OpenBrowser(RunningBroker broker)
    {
        var browser = new Browser(broker.Addresses.Http);
        browser.Headers["Accept"] = BrowserAccept;
        return browser;
    }

    [GeneratedRegex("<output>([0-9a-f]+)</output>")]
    private static partial Regex Output();

    private sealed class BrokenDirectory : ITunnelDirectory
    {
        public const string Secret = "a detail for the log alone";

        public ValueTask<AccountTunnels> FindAsync(string accountId, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Secret);

        public Task WaitForChangeAsync(AccountTunnels seen, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Secret);

        public ValueTask<DirectorySummary> SummarizeAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Secret);
    }
}
