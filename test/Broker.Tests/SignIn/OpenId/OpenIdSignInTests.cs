using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn.OpenId;

/// <summary>Who comes back from the provider, and which account that is.</summary>
public sealed class OpenIdSignInTests
{
    private const string Domains = "domain:example.com,example.org";

    [Test]
    public async Task SignInPage_WithAProvider_LeadsThereAndTakesLinksToo()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();

        var page = await browser.GetAsync("/sign-in");

        Assert.That(page.Html, Does.Contain("<a class=\"btn btn-go btn-wide\" href=\"/sign-in/start\">Continue with Example ID</a>"));
        Assert.That(page.Html, Does.Not.Contain("role=\"alert\""));
        var answer = await browser.SubmitAsync(page, ("link", await rig.Broker.LinkAsync()));
        Assert.That(answer.Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task SignIn_FirstAndAgain_IsOneFreeAccount()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var (browser, later) = (rig.OpenBrowser(), rig.OpenBrowser());

        var answer = await rig.SignInAsync(browser);

        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, "/")));
        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"));
        var account = (await rig.AccountsAsync()).Single();
        Assert.That((account.Name, account.Tier), Is.EqualTo(("ann@example.com", AccountTier.Free)));
        rig.Broker.Time.Advance(TimeSpan.FromMinutes(2));
        await rig.SignInAsync(later);
        Assert.That((await later.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"));
        Assert.That(await rig.AccountsAsync(), Has.Count.EqualTo(1));
        var identity = await rig.IdentityAsync("1");
        Assert.That((identity!.AccountId, identity.Email), Is.EqualTo((account.Id, "ann@example.com")));
        Assert.That(identity.SeenAt - identity.CreatedAt, Is.EqualTo(TimeSpan.FromMinutes(2)).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task SignIn_AddressToldBesideTheTokenAlone_IsKnown()
    {
        await using var rig = await OpenIdBroker.StartAsync(Domains);

        var answer = await rig.SignInAsync(rig.OpenBrowser(), new TestPerson("1", "ann@example.org") { IsInTheToken = false });

        Assert.That(answer.Location, Is.EqualTo("/"));
        Assert.That((await rig.AccountsAsync()).Single().Name, Is.EqualTo("ann@example.org"));
    }

    [TestCase(Domains, "ann@example.com", true)]
    [TestCase(Domains, "ann@EXAMPLE.org", true)]
    [TestCase("open", "ann@elsewhere.example", true)]
    [TestCase("open", null, false)]
    public async Task SignUp_WhereThePolicyAllows_OpensAnAccount(string policy, string? email, bool isVerified)
    {
        await using var rig = await OpenIdBroker.StartAsync(policy);

        var answer = await rig.SignInAsync(rig.OpenBrowser(), new TestPerson("1", email, isVerified));

        Assert.That(answer.Location, Is.EqualTo("/"));
        Assert.That((await rig.AccountsAsync()).Single().Name, Is.EqualTo(email ?? "Ann Example"));
    }

    [TestCase("closed", "ann@example.com", true, "This broker takes no new accounts.")]
    [TestCase(Domains, "ann@mail.example.com", true, "New accounts here are for other email addresses.")]
    [TestCase(Domains, "ann@notexample.com", true, "New accounts here are for other email addresses.")]
    [TestCase(Domains, "ann@example.com@elsewhere.example", true, "New accounts here are for other email addresses.")]
    [TestCase(Domains, "ann@example.com", false, "New accounts here need a verified email address.")]
    [TestCase(Domains, null, true, "New accounts here need a verified email address.")]
    public async Task SignUp_WhereThePolicyForbids_SaysWhyAndOpensNone(string policy, string? email, bool isVerified, string expected)
    {
        await using var rig = await OpenIdBroker.StartAsync(policy);
        var browser = rig.OpenBrowser();

        var answer = await rig.SignInAsync(browser, new TestPerson("1", email, isVerified));

        Assert.That(await OpenIdBroker.ToldAsync(browser, answer), Does.Contain(expected));
        Assert.That(await rig.AccountsAsync(), Is.Empty);
        Assert.That(await rig.IdentityAsync("1"), Is.Null);
    }

    [Test]
    public async Task SignIn_WhoHasAnAccount_SignsInWhateverThePolicyIsByThen()
    {
        await using var rig = await OpenIdBroker.StartAsync(Domains);
        await rig.SignInAsync(rig.OpenBrowser());

        var browser = rig.OpenBrowser();
        var answer = await rig.SignInAsync(browser, new TestPerson("1", "ann@elsewhere.example", IsVerified: false));

        Assert.That(answer.Location, Is.EqualTo("/"));
        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"), "the account keeps its name");
        Assert.That((await rig.IdentityAsync("1"))!.Email, Is.Null);
    }

    [Test]
    public async Task SignIn_AnotherPersonOfTheSameAddress_GetsAnAccountOfHisOwn()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        await rig.SignInAsync(rig.OpenBrowser());

        await rig.SignInAsync(rig.OpenBrowser(), new TestPerson("2", "ann@example.com"));

        var names = (await rig.AccountsAsync()).Select(account => account.Name).Order().ToArray();
        Assert.That(names, Has.Length.EqualTo(2));
        Assert.That(names[0], Is.EqualTo("ann@example.com"));
        Assert.That(names[1], Does.Match("^ann@example\\.com [0-9a-z]{4}$"));
    }

    [TestCase("owner", "^owner [0-9a-z]{4}$")]
    [TestCase("ann", "^ann [0-9a-z]{4}$")]
    [TestCase("bob@example.com", "^bob example\\.com$")]
    [TestCase("a\u202eb\n\u0007c", "^ab c$")]
    [TestCase(" \u200b ", "^account$")]
    public async Task SignIn_NameThatIsTakenOrNoName_IsNobodyElses(string name, string expected)
    {
        await using var rig = await OpenIdBroker.StartAsync();
        await rig.Broker.OpenAccountAsync("ann");

        await rig.SignInAsync(rig.OpenBrowser(), new TestPerson("1", Email: null, Name: name));

        var account = (await rig.AccountsAsync()).Single(account => account.Name != "ann");
        Assert.That(account.Name, Does.Match(expected));
        Assert.That((await rig.IdentityAsync("1"))!.AccountId, Is.EqualTo(account.Id));
    }

    [Test]
    public async Task SignIn_OnePersonInManyBrowsersAtOnce_IsOneAccount()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browsers = Enumerable.Range(0, 6).Select(_ => rig.OpenBrowser()).ToArray();
        var back = new List<string>();
        foreach (var browser in browsers)
        {
            back.Add(await rig.ToTheProviderAsync(browser));
        }

        var answers = await Task.WhenAll(browsers.Zip(back, (browser, path) => browser.GetAsync(path)));

        Assert.That(answers.Select(answer => answer.Location), Has.All.EqualTo("/"));
        Assert.That((await rig.AccountsAsync()).Single().Name, Is.EqualTo("ann@example.com"));
    }

    [Test]
    public async Task SignIn_GoingSomewhere_GoesOnThere()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        await browser.GetAsync("/device?user_code=BBBB-CCCC");

        var answer = await rig.SignInAsync(browser);

        Assert.That(answer.Location, Is.EqualTo("/device?user_code=BBBB-CCCC"));
        Assert.That(browser.Cookies.Keys, Is.EquivalentTo(new[] { "polydev" }), "nothing is left of the way");
    }

    [TestCase("//evil.example")]
    [TestCase("/\\evil.example")]
    [TestCase("https://evil.example/")]
    public async Task SignIn_ToBeLedElsewhere_StaysHere(string planted)
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        browser.Cookies["polydev-return"] = Uri.EscapeDataString(planted);
        var escaped = Uri.EscapeDataString(planted);
        var start = await browser.GetAsync($"/sign-in/start?ReturnUrl={escaped}&redirect_uri={escaped}&return={escaped}");
        var back = (await rig.Provider.VisitAsync(start.Location!)).Address.PathAndQuery;

        var answer = await browser.GetAsync($"{back}&ReturnUrl={escaped}&redirect_uri={escaped}");

        Assert.That(answer.Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task SignOut_Everywhere_EndsWhatTheProviderBegan()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var (here, there, other) = (rig.OpenBrowser(), rig.OpenBrowser(), rig.OpenBrowser());
        await rig.SignInAsync(here);
        await rig.SignInAsync(there);
        await rig.SignInAsync(other, new TestPerson("2", "bob@example.com"));
        var kept = there.Cookies["polydev"];

        await here.SubmitAsync(await here.GetAsync("/sign-out"), ("everywhere", "yes"));

        Assert.That((await here.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
        Assert.That((await there.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
        there.Cookies["polydev"] = kept;
        Assert.That((await there.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"), "a kept cookie is worth nothing");
        Assert.That((await other.GetAsync("/sign-out")).Text, Does.Contain("signed in as bob@example.com"));
    }

    [Test]
    public async Task Session_AfterThirtyDays_HasEnded()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        await rig.SignInAsync(browser);
        rig.Broker.Time.Advance(Sessions.Lifetime - TimeSpan.FromMinutes(1));
        Assert.That((await browser.GetAsync("/sign-out")).Status, Is.EqualTo(HttpStatusCode.OK));

        rig.Broker.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.That((await browser.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
    }

    [Test]
    public async Task SignIn_InABrowserThatIsSignedIn_EndsTheSessionThatWas()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        await rig.SignInAsync(browser);
        var before = browser.Cookies["polydev"];

        await rig.SignInAsync(browser, new TestPerson("2", "bob@example.com"));

        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as bob@example.com"));
        browser.Cookies["polydev"] = before;
        Assert.That((await browser.GetAsync("/sign-out")).Location, Is.EqualTo("/sign-in"));
    }

    [Test]
    public async Task Links_SwitchedOff_SignNobodyIn()
    {
        await using var rig = await OpenIdBroker.StartAsync(change: options => options with { TakesLinks = false });
        var link = await rig.Broker.LinkAsync();
        var browser = rig.OpenBrowser();

        var page = await browser.GetAsync("/sign-in");

        Assert.That(page.Html, Does.Not.Contain("<form"));
        Assert.That((await browser.GetAsync(link)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        await rig.SignInAsync(browser);
        var signOut = await browser.GetAsync("/sign-out");
        var posted = await browser.PostAsync("/sign-in", [.. signOut.HiddenFields, ("link", link)]);
        Assert.That(posted.Status, Is.EqualTo(HttpStatusCode.NotFound), "nor by a form of ours");
        var links = rig.Broker.Running.Services.GetRequiredService<SignInLinks>();
        Assert.That((await links.LookAsync(link.Split('/')[^1], default)).State, Is.EqualTo(SignInLinkState.Good), "it is not used up");
    }
}
