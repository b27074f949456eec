using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>What the account may do, how pages look, who is signed in, its tokens, its trail, its data.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SettingsTests
{
    private KeyRing _ring = null!;

    [SetUp]
    public async Task SetUp() => _ring = await KeyRing.StartAsync();

    [TearDown]
    public async Task TearDown() => await _ring.DisposeAsync();

    [Test]
    public async Task Settings_OfATier_TellWhatItAllows()
    {
        var free = await ShowAsync();
        await _ring.SetTierAsync(AccountTier.Premium);
        var premium = await ShowAsync();

        Assert.That(free.Text, Does.Contain("Free: up to 10 calls an hour, 50 a day, 500 a month for each key."));
        Assert.That(free.Text, Does.Contain("The account as a whole has 500 messages a month."));
        Assert.That(free.Text, Does.Contain("Name ann Since 24 November 2026 Tier Free · set by the operator of this broker"));
        Assert.That(premium.Text, Does.Contain("Premium: up to 100 calls an hour, 500 a day, 10,000 a month for each key."));
    }

    [Test]
    public async Task Settings_OfTheOwner_SayNothingOfTiersOrDeletion()
    {
        var owner = await _ring.Broker.SignedInAsync();

        var page = await owner.GetAsync("/settings");

        Assert.That(page.Text, Does.Contain("This account has no limits.").And.Contain("0 messages, no limit"));
        Assert.That(page.Text, Does.Not.Contain("Tier").And.Not.Contain("Delete the account").And.Not.Contain("operator"));
        var answer = await owner.PostAsync("/settings/delete", [.. page.FormTo("/settings/export"), ("account_name", "owner")]);
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await owner.GetAsync("/settings")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Month_InUse_CountsAllKeys()
    {
        await _ring.CountAsync(await _ring.IssueAsync("one"), 3);
        await _ring.CountAsync(await _ring.IssueAsync("two"), 4);

        var page = await ShowAsync();

        Assert.That(page.Text, Does.Contain("7 of 500 messages 493 left").And.Contain("Resets 1 Dec, 01:00 (00:00 UTC)"));
        Assert.That(page.Html, Does.Contain("aria-label=\"Account, November\"").And.Contain("7 of 500 used, 493 left"));
    }

    [Test]
    public async Task Month_UsedUp_SaysSo()
    {
        await _ring.CountAllAsync();

        Assert.That((await ShowAsync()).Text, Does.Contain("500 of 500 messages used up"));
    }

    [Test]
    public async Task Display_Chosen_HoldsInThisBrowser()
    {
        var page = await ShowAsync();
        Assert.That(page.Html, Does.Contain("<html lang=\"en\">").And.Contain("Europe/Berlin (from this browser)"));

        var answer = await _ring.Browser.SubmitAsync(page, "/settings/display", ("theme", "dark"), ("zone", "Asia/Tokyo"));
        var dark = await ShowAsync();

        Assert.That(answer.Location, Is.EqualTo("/settings#display"));
        Assert.That(dark.Html, Does.Contain("<html lang=\"en\" data-theme=\"dark\">").And.Contain("<option selected>Asia/Tokyo</option>"));
        Assert.That(dark.Text, Does.Contain("Resets 1 Dec, 09:00 (00:00 UTC)"));
        Assert.That(_ring.Browser.SetCookies[^1], Does.Contain("httponly").And.Contain("samesite=lax"));

        await _ring.Browser.SubmitAsync(dark, "/settings/display", ("theme", ""), ("zone", ""));

        var again = await ShowAsync();
        Assert.That(again.Html, Does.Contain("<html lang=\"en\">"));
        Assert.That(again.Text, Does.Contain("Resets 1 Dec, 01:00"), "as the browser has it");
    }

    [Test]
    public async Task Display_AZoneThatIsNone_IsRefused()
    {
        var page = await _ring.Browser.SubmitAsync(await ShowAsync(), "/settings/display", ("theme", "light"), ("zone", "Mars/Base"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Text, Does.Contain("This broker knows no such time zone."));
        Assert.That(_ring.Browser.Cookies.Keys, Has.None.EqualTo("polydev-theme"));
    }

    [Test]
    public async Task Sessions_Several_AreToldApartAndEndTogether()
    {
        using var phone = await SignInWithAsync(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/604.1");
        _ring.Broker.Time.Advance(TimeSpan.FromHours(3));

        var page = await ShowAsync();

        Assert.That(page.Text, Does.Contain("Safari on iPhone 127.0.0.1 14:38 14:38").And.Contain("Test Browser/1.0 this one"));
        Assert.That(page.Text, Does.Contain("Test Browser/1.0 this one 127.0.0.1 14:38 now"));

        var answer = await _ring.Browser.SubmitAsync(page, "/sign-out");

        Assert.That(answer.Location, Is.EqualTo("/sign-in"));
        Assert.That((await phone.GetAsync("/settings")).Location, Is.EqualTo("/sign-in"));
        Assert.That((await ShowAsync()).Location, Is.EqualTo("/sign-in"));
    }

    [Test]
    public async Task Token_Created_IsShownOnceAndListed()
    {
        var asked = await ShowAsync();
        var action = TokenAction(asked);

        var page = await _ring.Browser.SubmitAsync(asked, action, ("name", "terraform"));
        var sentAgain = await _ring.Browser.SubmitAsync(asked, action, ("name", "terraform"));
        var loadedAgain = await _ring.Browser.GetAsync(action);

        var secret = Secrets.In(page);
        Assert.That(page.Text, Does.Contain("Copy your token now. It is shown this once."));
        Assert.That((await TokenOfAsync(secret))?.AccountId, Is.EqualTo(_ring.Account));
        foreach (var again in new[] { sentAgain, loadedAgain })
        {
            Assert.That(again.Text, Does.Contain("This token was shown. If you did not keep it, revoke it and create another."));
            Assert.That(again.Html, Does.Not.Contain(secret));
        }

        // It was used just now, to see whose it is.
        Assert.That((await ShowAsync()).Text, Does.Contain($"terraform {secret[..15]}… just now just now Revoke"));
    }

    [Test]
    public async Task Token_Revoked_IsGoodNoLonger()
    {
        var asked = await ShowAsync();
        var secret = Secrets.In(await _ring.Browser.SubmitAsync(asked, TokenAction(asked), ("name", "terraform")));
        var id = secret[3..15];

        var answer = await _ring.Browser.SubmitAsync(await ShowAsync(), $"/settings/tokens/{id}/revoke");

        Assert.That(answer.Location, Is.EqualTo($"/settings?revoked={id}#tokens"));
        var page = await _ring.Browser.GetAsync($"/settings?revoked={id}");
        Assert.That(page.Text, Does.Contain("Token terraform is revoked.").And.Contain("None yet.").And.Contain("Revoked tokens"));
        Assert.That(await TokenOfAsync(secret), Is.Null);
    }

    [Test]
    public async Task Token_WithoutANameOrOneTooMany_IsRefused()
    {
        var asked = await ShowAsync();
        var unnamed = await _ring.Browser.SubmitAsync(asked, TokenAction(asked), ("name", " "));
        for (var token = 0; token < AccountTokens.Most; token++)
        {
            await Tokens.CreateAsync(_ring.Account, $"token-{token}", Actor.CommandLine(), default);
        }

        var oneMore = await _ring.Browser.SubmitAsync(asked, TokenAction(asked), ("name", "one more"));

        Assert.That((unnamed.Status, oneMore.Status), Is.EqualTo((HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict)));
        Assert.That(unnamed.Text, Does.Contain("1 to 100 characters."));
        Assert.That(oneMore.Text, Does.Contain($"The account has its {AccountTokens.Most} tokens. Revoke one first."));
        Assert.That(oneMore.Html, Does.Contain("value=\"one more\""));
    }

    [Test]
    public async Task Token_OfAnotherAccount_IsNotFoundAndStaysGood()
    {
        var foreign = await Tokens.CreateAsync(Account.OwnerId, "foreign", Actor.CommandLine(), default);
        var form = (await ShowAsync()).FormTo("/settings/export");

        var answer = await _ring.Browser.PostAsync($"/settings/tokens/{foreign.Credential.Id}/revoke", [.. form]);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        var look = await _ring.Browser.GetAsync($"/settings/tokens/{foreign.Credential.Id}");
        Assert.That(look.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await TokenOfAsync(foreign.Secret.Reveal()), Is.Not.Null);
        Assert.That((await ShowAsync()).Text, Does.Not.Contain("foreign"));
    }

    [Test]
    public async Task Trail_Long_IsReadPageByPage()
    {
        for (var key = 1; key <= 60; key++)
        {
            _ring.Broker.Time.Advance(TimeSpan.FromSeconds(1));
            await _ring.IssueAsync($"key-{key:00}");
        }

        var first = await ShowAsync();
        var older = Link(first, "Older");
        var second = await _ring.Browser.GetAsync(older);

        Assert.That(first.Text, Does.Contain("Key key-60 created").And.Contain("Key key-11 created").And.Not.Contain("Key key-10 created"));
        Assert.That(second.Text, Does.Contain("Key key-10 created").And.Contain("Key key-01 created").And.Contain("Signed in"));
        Assert.That(second.Text, Does.Not.Contain("Key key-11 created").And.Not.Contain("Older"));
        Assert.That(second.Text, Does.Contain("Newest"));
    }

    [Test]
    public async Task Trail_Names_WhoAndFromWhere()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");
        await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "ci"));
        await _ring.IssueAsync("batch");

        var page = await ShowAsync();

        Assert.That(page.Text, Does.Contain("Key ci created Test Browser/1.0 127.0.0.1"));
        Assert.That(page.Text, Does.Contain($"Key batch created command line, {Environment.UserName} —"));
    }

    [Test]
    public async Task Export_Asked_IsAFileOfTheAccountWithoutSecrets()
    {
        var ci = await _ring.IssueAsync("ci");
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(5));
        await _ring.IssueAsync("foreign", account: Account.OwnerId);

        var file = await _ring.Browser.SubmitAsync(await ShowAsync(), "/settings/export");

        Assert.That(file.Headers["Content-Disposition"], Is.EqualTo("attachment; filename=\"polydev-export-2026-11-24.json\""));
        Assert.That(file.Headers["Cache-Control"], Does.Contain("no-store"));
        using var json = JsonDocument.Parse(file.Html);
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.That(
            rows.Select(row => row.GetProperty("kind").GetString()), Is.SupersetOf(new[] { "account", "api_key", "call" }));
        Assert.That(file.Html, Does.Contain(ci.Credential.Id).And.Not.Contain("foreign").And.Not.Contain("secret_hash"));
    }

    [Test]
    public async Task Delete_WithoutTheName_DeletesNothing()
    {
        var ci = await _ring.IssueAsync("ci");

        var page = await _ring.Browser.SubmitAsync(await ShowAsync(), "/settings/delete", ("account_name", "anne"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Text, Does.Contain("This is not the account’s name. Nothing was deleted."));
        Assert.That(page.Html, Does.Contain("value=\"anne\""));
        Assert.That(await _ring.IsGoodAsync(ci.Secret.Reveal()), Is.True);
    }

    [Test]
    public async Task Delete_WithTheName_EndsEverythingOfThisAccountAlone()
    {
        var (ci, foreign) = (await _ring.IssueAsync("ci"), await _ring.IssueAsync("foreign", account: Account.OwnerId));

        var answer = await _ring.Browser.SubmitAsync(await ShowAsync(), "/settings/delete", ("account_name", "ann"));

        Assert.That(answer.Location, Is.EqualTo("/sign-in"));
        Assert.That(_ring.Browser.Cookies.Keys, Has.None.EqualTo("polydev"));
        Assert.That((await ShowAsync()).Location, Is.EqualTo("/sign-in"));
        Assert.That(
            (await _ring.IsGoodAsync(ci.Secret.Reveal()), await _ring.IsGoodAsync(foreign.Secret.Reveal())), Is.EqualTo((false, true)));
    }

    private AccountTokens Tokens => _ring.Broker.Running.Services.GetRequiredService<AccountTokens>();

    private Task<BrowserPage> ShowAsync() => _ring.Browser.GetAsync("/settings");

    private ValueTask<Credential?> TokenOfAsync(string secret) => Tokens.AuthenticateAsync(secret, default);

    private static string TokenAction(BrowserPage page) => page.FormActions.Single(action =>
        action.StartsWith("/settings/tokens/", StringComparison.Ordinal) && !action.EndsWith("/revoke", StringComparison.Ordinal));

    private static string Link(BrowserPage page, string text)
    {
        var end = page.Html.IndexOf($"\">{text}</a>", StringComparison.Ordinal);
        var start = page.Html.LastIndexOf("href=\"", end, StringComparison.Ordinal) + "href=\"".Length;
        return WebUtility.HtmlDecode(page.Html[start..end]).Split('#')[0];
    }

    private async Task<Browser> SignInWithAsync(string agent)
    {
        var browser = new Browser(_ring.Broker.Running.Addresses.Http, agent);
        await browser.SubmitAsync(await browser.GetAsync(await _ring.Broker.LinkAsync(_ring.Account)));
        return browser;
    }
}
