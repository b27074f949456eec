using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn;

/// <summary>Links and sessions, as a browser without script meets them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SignInTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Link_LookedAtByOthersFirst_StillSignsIn()
    {
        var link = await _broker.LinkAsync();
        for (var scan = 0; scan < 3; scan++)
        {
            Assert.That((await _broker.OpenBrowser().GetAsync(link)).Title, Does.EndWith("as owner"));
        }

        var browser = _broker.OpenBrowser();
        var page = await browser.GetAsync(link);
        Assert.That(page.Title, Is.EqualTo($"Sign in to {_broker.Running.Addresses.Http.Authority} as owner"));
        var answer = await browser.SubmitAsync(page);

        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, "/")));
        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as owner"));
    }

    [Test]
    public async Task Link_UsedTwice_SaysSo()
    {
        var link = await _broker.LinkAsync();
        var (first, second) = (_broker.OpenBrowser(), _broker.OpenBrowser());
        var early = await second.GetAsync(link);
        await first.SubmitAsync(await first.GetAsync(link));

        var answer = await second.SubmitAsync(early);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(answer.Html, Does.Contain("role=\"alert\""));
        Assert.That(answer.Text, Does.Contain("This link was used before."));
        Assert.That((await second.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"), "and nobody is signed in");
        Assert.That((await second.GetAsync(link)).Text, Does.Contain("This link was used before."));
    }

    [Test]
    public async Task Link_ManyPostsAtOnce_SignInOne()
    {
        var link = await _broker.LinkAsync();
        var browsers = Enumerable.Range(0, 8).Select(_ => _broker.OpenBrowser()).ToArray();
        var pages = await Task.WhenAll(browsers.Select(browser => browser.GetAsync(link)));

        var answers = await Task.WhenAll(browsers.Zip(pages, (browser, page) => browser.SubmitAsync(page)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.SeeOther), Is.EqualTo(1));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Gone), Is.EqualTo(7));
        var after = await Task.WhenAll(browsers.Select(browser => browser.GetAsync("/sign-out")));
        Assert.That(after.Count(page => page.Status == HttpStatusCode.OK), Is.EqualTo(1));
    }

    [Test]
    public async Task Link_AfterFifteenMinutes_HasExpired()
    {
        var link = await _broker.LinkAsync();
        var browser = _broker.OpenBrowser();
        var page = await browser.GetAsync(link);
        _broker.Time.Advance(SignInLinks.Lifetime);

        var answer = await browser.SubmitAsync(page);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Gone));
        Assert.That(answer.Text, Does.Contain("This link has expired."));
        Assert.That(browser.Cookies.Keys, Has.None.EqualTo("polydev"));
    }

    [Test]
    public async Task Link_PastedWholeOrItsEnd_SignsIn([Values] bool whole)
    {
        var link = await _broker.LinkAsync();
        var browser = _broker.OpenBrowser();

        var answer = await browser.SubmitAsync(
            await browser.GetAsync("/sign-in"), ("link", whole ? $" {_broker.Site}{link[1..]} " : link.Split('/')[^1]));

        Assert.That(answer.Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Link_OfOneWithAnotherSecret_IsNone()
    {
        var (one, other) = (await _broker.LinkAsync(), await _broker.LinkAsync());
        var mixed = one[..^8] + other[^8..];

        Assert.That((await _broker.OpenBrowser().GetAsync(mixed)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Links_GuessedFromOneAddress_HaveToWait()
    {
        for (var guess = 0; guess < 10; guess++)
        {
            Assert.That((await _broker.OpenBrowser().GetAsync("/sign-in/pl_x")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        }

        var refused = await _broker.OpenBrowser().GetAsync("/sign-in/pl_x");
        Assert.That((refused.Status, refused.Title), Is.EqualTo((HttpStatusCode.TooManyRequests, "Too many tries. Wait a minute.")));
        Assert.That(refused.Headers["Retry-After"], Is.EqualTo("60"));

        var link = await _broker.LinkAsync();
        Assert.That((await _broker.OpenBrowser().GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.OK), "a right one is no guess");
        _broker.Time.Advance(Throttle.Window);
        Assert.That((await _broker.OpenBrowser().GetAsync("/sign-in/pl_x")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Session_BrokerStartedAgain_GoesOn()
    {
        var browser = await _broker.SignedInAsync();
        var cookie = browser.Cookies;
        await _broker.StartAgainAsync();
        var again = _broker.OpenBrowser();
        foreach (var (name, value) in cookie)
        {
            again.Cookies[name] = value;
        }

        var page = await again.GetAsync("/sign-out");

        Assert.That(page.Text, Does.Contain("signed in as owner"));
        Assert.That((await again.SubmitAsync(page)).Location, Is.EqualTo("/sign-in"), "its forms are good too");
    }

    [Test]
    public async Task SignIn_InABrowserThatIsSignedIn_EndsTheSessionThatWas()
    {
        var browser = await _broker.SignedInAsync();
        var before = await SessionAsync();

        await browser.SubmitAsync(await browser.GetAsync(await _broker.LinkAsync()));

        Assert.That((await SessionAsync()).Id, Is.Not.EqualTo(before.Id));
    }

    [Test]
    public async Task SignOut_Here_EndsThisSessionAlone()
    {
        var (here, there) = (await _broker.SignedInAsync(), await _broker.SignedInAsync());
        var stolen = here.Cookies["polydev"];

        var answer = await here.SubmitAsync(await here.GetAsync("/sign-out"));

        Assert.That(answer.Location, Is.EqualTo("/sign-in"));
        Assert.That(here.Cookies.Keys, Has.None.EqualTo("polydev"));
        here.Cookies["polydev"] = stolen;
        Assert.That((await here.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"), "a kept cookie is worth nothing");
        Assert.That((await there.GetAsync("/sign-out")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task SignOut_Everywhere_EndsAllOfTheAccountAndNoOther()
    {
        var ann = await _broker.OpenAccountAsync("ann");
        var (here, there, other) = (await _broker.SignedInAsync(), await _broker.SignedInAsync(), await _broker.SignedInAsync(ann));

        await here.SubmitAsync(await here.GetAsync("/sign-out"), ("everywhere", "yes"));

        Assert.That((await here.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
        Assert.That((await there.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
        Assert.That((await other.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann"));
    }

    [Test]
    public async Task Session_AfterThirtyDays_HasEnded()
    {
        var browser = await _broker.SignedInAsync();
        _broker.Time.Advance(Sessions.Lifetime - TimeSpan.FromMinutes(1));
        Assert.That((await browser.GetAsync("/sign-out")).Status, Is.EqualTo(HttpStatusCode.OK));

        _broker.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.That((await browser.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
    }

    [Test]
    public async Task Session_InUse_IsSeen()
    {
        var browser = await _broker.SignedInAsync();
        var began = _broker.Time.GetUtcNow();
        _broker.Time.Advance(TimeSpan.FromMinutes(4));
        await browser.GetAsync("/sign-out");
        Assert.That((await SessionAsync()).SeenAt, Is.EqualTo(began).Within(TimeSpan.FromMilliseconds(1)), "not for each page");
        _broker.Time.Advance(TimeSpan.FromMinutes(2));

        await browser.GetAsync("/sign-out");

        var session = await SessionAsync();
        Assert.That(session.SeenAt, Is.EqualTo(began.AddMinutes(6)).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That((session.Browser, session.Address), Is.EqualTo(("Test Browser/1.0", "127.0.0.1")));
    }

    [Test]
    public async Task SignedOut_GoesWhereHeWasGoing_OnceSignedIn()
    {
        var browser = _broker.OpenBrowser();
        Assert.That((await browser.GetAsync("/device?user_code=BBBB-CCCC")).Location, Is.EqualTo("/sign-in"));

        var answer = await browser.SubmitAsync(await browser.GetAsync(await _broker.LinkAsync()));

        Assert.That(answer.Location, Is.EqualTo("/device?user_code=BBBB-CCCC"));
        Assert.That(browser.Cookies.Keys, Has.None.EqualTo("polydev-return"));
    }

    [TestCase("//evil.example")]
    [TestCase("/\\evil.example")]
    [TestCase("https://evil.example/")]
    [TestCase("/%09/evil.example\t")]
    [TestCase("javascript:alert(1)")]
    public async Task SignIn_ToBeLedElsewhere_StaysHere(string planted)
    {
        var browser = _broker.OpenBrowser();
        browser.Cookies["polydev-return"] = Uri.EscapeDataString(planted);

        var answer = await browser.SubmitAsync(await browser.GetAsync($"{await _broker.LinkAsync()}?ReturnUrl={planted}&return={planted}"));

        Assert.That(answer.Location, Is.EqualTo("/"));
    }

    private async Task<Session> SessionAsync() => (await _broker.Running.Services.GetRequiredService<ISessionStore>()
        .ListAsync("owner", _broker.Time.GetUtcNow(), default)).Single();
}
