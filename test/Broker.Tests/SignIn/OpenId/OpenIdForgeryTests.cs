using System.Net;
using System.Web;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Commands;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn.OpenId;

/// <summary>Answers that are none, or not for this browser, or not any more; and what stands in the way of those who try.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OpenIdForgeryTests
{
    private const string NotConfirmed = "Example ID did not confirm who you are.";

    private OpenIdBroker _rig = null!;

    [SetUp]
    public async Task SetUp() => _rig = await OpenIdBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [TestCase("/sign-in/callback")]
    [TestCase("/sign-in/callback/")]
    [TestCase("/sign-in/callback?code=x")]
    [TestCase("/sign-in/callback?code=x&state=y")]
    [TestCase("/sign-in/callback?id_token=x&state=y")]
    [TestCase("/sign-in/callback?error=access_denied&state=y")]
    [TestCase("/sign-in/callback?error=%3Cb%3E&error_description=%3Cscript%3E&state=y")]
    public async Task Answer_MadeUp_IsNone(string path)
    {
        var browser = _rig.OpenBrowser();
        await browser.GetAsync("/sign-in/start");

        Assert.That(await OpenIdBroker.ToldAsync(browser, await browser.GetAsync(path)), Does.Contain(NotConfirmed));
    }

    [Test]
    public async Task Answer_InAnotherBrowser_IsNone()
    {
        // What an attacker does who wants somebody to be signed in as him.
        var (attacker, victim) = (_rig.OpenBrowser(), _rig.OpenBrowser());
        var back = await _rig.ToTheProviderAsync(attacker);
        await victim.GetAsync("/sign-in/start");

        Assert.That(await OpenIdBroker.ToldAsync(victim, await victim.GetAsync(back)), Does.Contain(NotConfirmed));
        Assert.That((await attacker.GetAsync(back)).Location, Is.EqualTo("/"), "it was good in his own");
    }

    [Test]
    public async Task Answer_OneStateWithAnothersCode_IsNone()
    {
        var (attacker, victim) = (_rig.OpenBrowser(), _rig.OpenBrowser());
        var theirs = HttpUtility.ParseQueryString((await _rig.ToTheProviderAsync(attacker)).Split('?')[1]);
        var own = HttpUtility.ParseQueryString((await _rig.ToTheProviderAsync(victim)).Split('?')[1]);
        own["code"] = theirs["code"];

        var answer = await victim.GetAsync($"/sign-in/callback?{own}");

        Assert.That(await OpenIdBroker.ToldAsync(victim, answer), Does.Contain(NotConfirmed));
    }

    [Test]
    public async Task Answer_TwiceInOneBrowser_SignsInOnce()
    {
        var browser = _rig.OpenBrowser();
        var back = await _rig.ToTheProviderAsync(browser);
        await browser.GetAsync(back);

        var again = await browser.GetAsync(back);

        Assert.That(again.Location, Is.EqualTo("/sign-in?problem=NotConfirmed"));
        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"), "and stays so");
    }

    [Test]
    public async Task Answer_TwiceWithTheCookiesOfTheFirst_IsRefusedByTheProvider()
    {
        var (browser, thief) = (_rig.OpenBrowser(), _rig.OpenBrowser());
        var back = await _rig.ToTheProviderAsync(browser);
        foreach (var (name, value) in browser.Cookies)
        {
            thief.Cookies[name] = value;
        }

        await browser.GetAsync(back);

        Assert.That(await OpenIdBroker.ToldAsync(thief, await thief.GetAsync(back)), Does.Contain(NotConfirmed));
    }

    [Test]
    public async Task Answer_AfterAQuarterOfAnHour_IsTooLate()
    {
        var browser = _rig.OpenBrowser();
        var back = await _rig.ToTheProviderAsync(browser);
        _rig.Broker.Time.Advance(OpenIdSignIn.Lifetime);

        Assert.That(await OpenIdBroker.ToldAsync(browser, await browser.GetAsync(back)), Does.Contain(NotConfirmed));
    }

    [Test]
    public async Task Answer_AfterTheBrokerWasStartedAgain_SignsIn()
    {
        var browser = _rig.OpenBrowser();
        var back = await _rig.ToTheProviderAsync(browser);
        await _rig.Broker.StartAgainAsync();
        var again = _rig.OpenBrowser();
        foreach (var (name, value) in browser.Cookies)
        {
            again.Cookies[name] = value;
        }

        Assert.That((await again.GetAsync(back)).Location, Is.EqualTo("/"));
        Assert.That((await again.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"));
    }

    [Test]
    public async Task SignIn_DeniedAtTheProvider_SaysSoAndMayBeTriedAgain()
    {
        var browser = _rig.OpenBrowser();
        _rig.Provider.Denies = true;

        var told = await OpenIdBroker.ToldAsync(browser, await _rig.SignInAsync(browser));

        Assert.That(told, Does.Contain($"{NotConfirmed} The sign-in was stopped there."));
        _rig.Provider.Denies = false;
        Assert.That((await _rig.SignInAsync(browser)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Codes_ThatAreNone_HaveToWait()
    {
        var browser = _rig.OpenBrowser();
        for (var guess = 0; guess < 10; guess++)
        {
            await browser.GetAsync(await WrongCodeAsync(browser));
        }

        var refused = await browser.GetAsync(await WrongCodeAsync(browser));
        Assert.That((refused.Status, refused.Title), Is.EqualTo((HttpStatusCode.TooManyRequests, "Too many tries. Wait a minute.")));
        Assert.That(refused.Headers["Retry-After"], Is.EqualTo("60"));

        _rig.Broker.Time.Advance(Throttle.Window);
        Assert.That((await _rig.SignInAsync(browser)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Answers_ThatOthersMakeTheBrowserBring_CountForNothing()
    {
        var browser = _rig.OpenBrowser();
        for (var forged = 0; forged < 40; forged++)
        {
            await browser.GetAsync("/sign-in/callback?code=x&state=y");
        }

        Assert.That((await _rig.SignInAsync(browser)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Sessions_OfOneAccount_AreSoManyAMinute()
    {
        for (var session = 0; session < 10; session++)
        {
            Assert.That((await _rig.SignInAsync(_rig.OpenBrowser())).Location, Is.EqualTo("/"));
        }

        Assert.That((await _rig.SignInAsync(_rig.OpenBrowser())).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        var other = await _rig.SignInAsync(_rig.OpenBrowser(), new TestPerson("2", "bob@example.com"));
        Assert.That(other.Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Start_FromAnotherSite_IsThePageWithTheButton([Values("cross-site", "same-site")] string from)
    {
        var browser = _rig.OpenBrowser();
        browser.Headers["Sec-Fetch-Site"] = from;
        for (var time = 0; time < 40; time++)
        {
            Assert.That((await browser.GetAsync("/sign-in/start")).Location, Is.EqualTo("/sign-in"));
        }

        browser.Headers["Sec-Fetch-Site"] = "same-origin";
        Assert.That((await _rig.SignInAsync(browser)).Location, Is.EqualTo("/"), "nobody was kept out by it");
    }

    [Test]
    public async Task Start_OverAndOver_HasToWait()
    {
        for (var start = 0; start < 30; start++)
        {
            Assert.That((await _rig.OpenBrowser().GetAsync("/sign-in/start")).Status, Is.EqualTo(HttpStatusCode.Redirect));
        }

        Assert.That((await _rig.OpenBrowser().GetAsync("/sign-in/start")).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task EveryStep_LeavesABrowserNothingMore()
    {
        var browser = _rig.OpenBrowser();
        var start = await browser.GetAsync("/sign-in/start");
        var back = (await _rig.Provider.VisitAsync(start.Location!)).Address.PathAndQuery;
        foreach (var page in new[] { start, await browser.GetAsync(back), await browser.GetAsync(back) })
        {
            Assert.That(page.Headers["Content-Security-Policy"], Does.Contain("default-src 'none'"));
            Assert.That(page.Headers["Referrer-Policy"], Is.EqualTo("no-referrer"), "the code is in the address");
            Assert.That(page.Headers["Cache-Control"], Does.Contain("no-store"));
            Assert.That(page.Html, Is.Empty);
        }

        Assert.That(browser.SetCookies, Has.Count.GreaterThanOrEqualTo(3));
        foreach (var cookie in browser.SetCookies)
        {
            Assert.That(cookie.ToLowerInvariant(), Does.Contain("httponly").And.Contain("samesite=lax").And.Contain("path=/"), cookie);
        }

        Assert.That((await browser.PostAsync(back)).Status, Is.EqualTo(HttpStatusCode.NotFound), "no form is taken there");
    }

    [Test]
    public async Task SignIn_AnyWay_LeavesNoSecretInTheDatabase()
    {
        var browser = _rig.OpenBrowser();
        var back = await _rig.ToTheProviderAsync(browser);
        await browser.GetAsync(back);
        var query = HttpUtility.ParseQueryString(back.Split('?')[1]);

        var folder = _rig.Broker.Running.Services.GetRequiredService<ServeOptions>().DataFolder;
        var stored = string.Concat(Directory.GetFiles(folder).Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            return reader.ReadToEnd();
        }));

        Assert.That(stored, Does.Contain("ann@example.com"), "the test looks in the right place");
        Assert.That(stored, Does.Not.Contain(TestProvider.ClientSecret).And.Not.Contain(query["code"]!).And.Not.Contain(query["state"]!));
    }

    private async Task<string> WrongCodeAsync(Browser browser)
    {
        var own = HttpUtility.ParseQueryString((await _rig.ToTheProviderAsync(browser)).Split('?')[1]);
        own["code"] = "none";
        return $"/sign-in/callback?{own}";
    }
}
