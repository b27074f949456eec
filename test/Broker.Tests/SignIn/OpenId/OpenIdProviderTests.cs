using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn.OpenId;

/// <summary>Providers of all kinds, and those that are away.</summary>
public sealed class OpenIdProviderTests
{
    private const string NotAnswering = "Example ID does not answer.";

    [Test]
    public async Task Provider_AwayAtTheStart_IsWaitedFor()
    {
        using var port = ReservedPort.Take();
        await using var broker = await SignInBroker.StartAsync(
            options => options with { OpenId = OpenIdBroker.OptionsOf(new Uri(port.Url), "open") });
        var known = broker.Running.Services.GetRequiredService<OpenIdProvider>();
        Assert.That(await known.AnswersAsync(default), Is.False);
        var browser = broker.OpenBrowser();

        Assert.That((await browser.GetAsync("/sign-in")).Text, Does.Contain(NotAnswering));
        Assert.That(await OpenIdBroker.ToldAsync(browser, await browser.GetAsync("/sign-in/start")), Does.Contain(NotAnswering));
        Assert.That((await broker.SignedInAsync()).Cookies.Keys, Does.Contain("polydev"), "links sign in meanwhile");

        await using var provider = await TestProvider.StartAsync(port.Url);
        await provider.RegisterAsync(new Uri(broker.Site, "/sign-in/callback"));
        Assert.That(await known.AnswersAsync(default), Is.True);
        Assert.That((await browser.GetAsync("/sign-in")).Text, Does.Not.Contain(NotAnswering));
        var start = await browser.GetAsync("/sign-in/start");
        var back = (await provider.VisitAsync(start.Location!)).Address.PathAndQuery;
        Assert.That((await browser.GetAsync(back)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Provider_AwayBeforeTheAnswer_SaysSo()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        var back = await rig.ToTheProviderAsync(browser);
        await rig.Provider.DisposeAsync();

        Assert.That(await OpenIdBroker.ToldAsync(browser, await browser.GetAsync(back)), Does.Contain(NotAnswering));
    }

    [Test]
    public async Task Provider_ThatKnowsAnotherSecret_ConfirmsNobody()
    {
        await using var rig = await OpenIdBroker.StartAsync(change: options => options with { ClientSecret = "another" });
        var browser = rig.OpenBrowser();

        var told = await OpenIdBroker.ToldAsync(browser, await rig.SignInAsync(browser));

        Assert.That(told, Does.Contain("Example ID did not confirm who you are."));
    }

    [Test]
    public async Task Provider_ThatIsToBeToldBeforehand_IsTold()
    {
        await using var rig = await OpenIdBroker.StartAsync(isTold: true);
        var browser = rig.OpenBrowser();
        var start = await browser.GetAsync("/sign-in/start");

        Assert.That(start.Location, Does.Contain("request_uri=").And.Not.Contain("redirect_uri="));
        var back = (await rig.Provider.VisitAsync(start.Location!)).Address.PathAndQuery;
        Assert.That((await browser.GetAsync(back)).Location, Is.EqualTo("/"));
    }

    [Test]
    public async Task Provider_WithAnotherKey_IsBelievedOnceItsKeysAreReadAgain()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        await rig.SignInAsync(rig.OpenBrowser());
        rig.Provider.RotateKey();

        var first = await rig.SignInAsync(rig.OpenBrowser());
        Assert.That(first.Location, Is.AnyOf("/", "/sign-in?problem=NotConfirmed"));

        // They are being read meanwhile, and no call tells when that is done but a sign-in.
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        while ((await rig.SignInAsync(rig.OpenBrowser())).Location != "/")
        {
            limit.Token.ThrowIfCancellationRequested();
            rig.Broker.Time.Advance(Throttle.Window);
        }
    }

    [Test]
    public async Task Broker_BehindAProxy_IsComeBackToByItsPublicAddress()
    {
        await using var rig = await OpenIdBroker.StartAsync(serve: options => options with { PublicUrl = new("https://broker.example") });
        var browser = rig.OpenBrowser();
        var start = await browser.GetAsync("/sign-in/start");
        Assert.That(start.Location, Does.Contain("redirect_uri=https%3A%2F%2Fbroker.example%2Fsign-in%2Fcallback"));
        var back = (await rig.Provider.VisitAsync(start.Location!)).Address;
        Assert.That(back.GetLeftPart(UriPartial.Path), Is.EqualTo("https://broker.example/sign-in/callback"));

        Assert.That((await browser.GetAsync(back.PathAndQuery)).Location, Is.EqualTo("/"));

        Assert.That(browser.Cookies.Keys, Is.EqualTo(new[] { "__Host-polydev" }));
        foreach (var cookie in browser.SetCookies)
        {
            Assert.That(cookie, Does.StartWith("__Host-"));
            Assert.That(cookie.ToLowerInvariant(), Does.Contain("secure").And.Contain("httponly").And.Contain("samesite=lax"), cookie);
        }
    }

    [Test]
    public async Task Broker_AskedByAnotherOfItsNames_IsComeBackToByThat()
    {
        await using var rig = await OpenIdBroker.StartAsync();
        var browser = rig.OpenBrowser();
        browser.Headers["Host"] = $"localhost:{rig.Broker.Site.Port}";

        var start = await browser.GetAsync("/sign-in/start");

        Assert.That(start.Location, Does.Contain($"redirect_uri=http%3A%2F%2Flocalhost%3A{rig.Broker.Site.Port}%2Fsign-in%2Fcallback"));
    }

    [Test]
    public async Task Provider_ThatAnswersByAForm_IsUnderstood()
    {
        await using var rig = await OpenIdBroker.StartAsync(
            change: options => options with { AnswersByForm = true },
            serve: options => options with { PublicUrl = new("https://broker.example") });
        var (browser, other) = (rig.OpenBrowser(), rig.OpenBrowser());
        var start = await browser.GetAsync("/sign-in/start");
        Assert.That(browser.SetCookies, Has.Count.EqualTo(2));
        Assert.That(browser.SetCookies, Has.All.Contains("samesite=none").IgnoreCase.And.All.Contains("secure").IgnoreCase);
        var back = await rig.Provider.VisitAsync(start.Location!);

        Assert.That(back.Form.Select(field => field.Name), Does.Contain("code"));
        Assert.That((await other.PostAsync(back.Address.PathAndQuery, back.Form)).Location, Is.EqualTo("/sign-in?problem=NotConfirmed"));
        var large = await other.PostAsync(back.Address.PathAndQuery, [.. back.Form, ("x", new string('x', 20_000))]);
        Assert.That(large.Status, Is.EqualTo(HttpStatusCode.Forbidden), "of a size that no answer has");
        var answer = await browser.PostAsync(back.Address.PathAndQuery, back.Form);
        Assert.That(answer.Location, Is.EqualTo("/"));
        Assert.That((await browser.GetAsync("/sign-out")).Text, Does.Contain("signed in as ann@example.com"));
    }
}
