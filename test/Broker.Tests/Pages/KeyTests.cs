using System.Net;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>One key: its windows and limits, its rotation, its end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeyTests
{
    private KeyRing _ring = null!;

    [SetUp]
    public async Task SetUp() => _ring = await KeyRing.StartAsync();

    [TearDown]
    public async Task TearDown() => await _ring.DisposeAsync();

    [Test]
    public async Task Key_InUse_TellsItsWindowsAndDays()
    {
        var ci = await _ring.IssueAsync("ci", new KeyLimits(5, null, null));
        await _ring.CountAsync(ci, 2);
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(5));
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(6), CallResult.Refused);
        await _ring.RecordAsync(ci, TimeSpan.FromDays(3));
        await _ring.RecordAsync(ci, TimeSpan.FromDays(31));

        var page = await ShowAsync(ci);

        Assert.That(page.Text, Does.Contain("Keys / ci ci works. Last used 5 min ago ."));
        Assert.That(page.Text, Does.Contain("This hour resets 15:00 · 14:00 UTC 2 of 5 3 left"));
        Assert.That(page.Text, Does.Contain("November resets 1 Dec, 01:00 · 00:00 UTC"));
        Assert.That(page.Text, Does.Contain("3 calls, most today; 1 was refused or failed").And.Contain("Free allows up to 50."));
        Assert.That(page.Html, Does.Contain("<title>24 Nov: 2 calls</title>").And.Contain("<title>21 Nov: 1 call</title>"));
        Assert.That(page.Html, Does.Contain($"href=\"/calls?key={ci.Credential.Id}\""));
    }

    [Test]
    public async Task Key_NeverUsed_SaysSo()
    {
        var page = await ShowAsync(await _ring.IssueAsync("ci"));

        Assert.That(page.Text, Does.Contain("ci works. It has not been used yet.").And.Contain("30 days no calls"));
    }

    [Test]
    public async Task Key_UsedUp_SaysUntilWhenAndHowToRaiseIt()
    {
        var ci = await _ring.IssueAsync("ci", new KeyLimits(2, null, null));
        await _ring.CountAsync(ci, 2);

        var page = await ShowAsync(ci);

        Assert.That(page.Text, Does.Contain("ci has used up its hour. 21 min to go."));
        Assert.That(page.Text, Does.Contain("Calls with it get 429 until 15:00 (14:00 UTC)."));
        Assert.That(page.Text, Does.Contain("Raise the hour below to let them through now."));
        Assert.That(page.Text, Does.Contain("Anything above 2 lets calls through at once."));

        await SaveAsync(page, ("name", "ci"), ("per_hour", "3"));

        Assert.That((await ShowAsync(ci)).Text, Does.Contain("2 of 3 1 left").And.Not.Contain("used up"));
    }

    [Test]
    public async Task Save_NameAndLimits_HoldAndStandInTheTrail()
    {
        var ci = await _ring.IssueAsync("ci", new KeyLimits(5, 20, null));
        var page = await ShowAsync(ci);
        Assert.That(page.Html, Does.Match("id=\"per_hour\"[^>]*value=\"5\"").And.Match("id=\"per_day\"[^>]*value=\"20\""));

        var answer = await SaveAsync(page, ("name", "ci-2"), ("per_hour", ""), ("per_day", "30"), ("per_month", "400"));

        Assert.That(answer.Location, Is.EqualTo($"/keys/{ci.Credential.Id}?said=saved"));
        Assert.That((await _ring.Browser.FollowAsync(answer)).Text, Does.Contain("Saved. It holds from the next call on."));
        var key = (await _ring.FindAsync(ci)).Credential;
        Assert.That((key.Name, key.PerHour, key.PerDay, key.PerMonth), Is.EqualTo(("ci-2", (int?)null, (int?)30, (int?)400)));
        Assert.That(
            (await _ring.Browser.GetAsync("/settings")).Text,
            Does.Contain("Key ci renamed to ci-2").And.Contain("Limits of key ci-2 changed: hour as the tier, day 30, month 400"));
    }

    [Test]
    public async Task Save_WithMistakes_ChangesNothing()
    {
        var ci = await _ring.IssueAsync("ci");

        var page = await SaveAsync(await ShowAsync(ci), ("name", "other"), ("per_hour", "11"), ("per_day", ""), ("per_month", "many"));
        var all = await SaveAsync(await ShowAsync(ci), ("name", ""), ("per_hour", "11"), ("per_day", "51"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Text, Does.Contain("A whole number from 1."));
        Assert.That(page.Html, Does.Contain("value=\"other\"").And.Contain("value=\"many\""));
        Assert.That(all.Text, Does.Contain("Up to 10 an hour.").And.Contain("Up to 50 a day.").And.Contain("1 to 100 characters."));
        Assert.That((await _ring.FindAsync(ci)).Credential, Is.EqualTo(ci.Credential));
    }

    [TestCase("24h", true)]
    [TestCase("7d", true)]
    [TestCase("0", false)]
    public async Task Rotate_Chosen_ShowsANewSecretOnce(string life, bool oldIsGood)
    {
        var ci = await _ring.IssueAsync("ci");
        var asked = await ShowAsync(ci);
        var action = $"/keys/{ci.Credential.Id}/secrets/1";

        var page = await _ring.Browser.SubmitAsync(asked, action, ("old_secret", life));
        var sentAgain = await _ring.Browser.SubmitAsync(asked, action, ("old_secret", life));
        var loadedAgain = await _ring.Browser.GetAsync(action);

        var secret = Secrets.In(page);
        Assert.That(page.Text, Does.Contain("Copy your key now. It is shown this once."));
        Assert.That(page.Text, Does.Contain(life switch
        {
            "24h" => "The old secret works until tomorrow, 14:38 ;",
            "7d" => "The old secret works until 1 Dec, 14:38 ;",
            _ => "The old secret works no longer.",
        }));
        Assert.That(page.Headers["Cache-Control"], Does.Contain("no-store"));
        Assert.That((await _ring.IsGoodAsync(secret), await _ring.IsGoodAsync(ci.Secret.Reveal())), Is.EqualTo((true, oldIsGood)));
        foreach (var again in new[] { sentAgain, loadedAgain })
        {
            Assert.That(again.Text, Does.Contain("This key was shown. If you did not keep it, rotate it."));
            Assert.That(again.Html, Does.Not.Contain(secret));
        }

        Assert.That((await _ring.FindAsync(ci)).Credential.SecretNumber, Is.EqualTo(1));
    }

    [Test]
    public async Task Rotate_NotYetDone_LoadedGoesToWhereItIsDone()
    {
        var ci = await _ring.IssueAsync("ci");

        Assert.That(
            (await _ring.Browser.GetAsync($"/keys/{ci.Credential.Id}/secrets/1")).Location,
            Is.EqualTo($"/keys/{ci.Credential.Id}#rotate"));
    }

    [Test]
    public async Task Rotate_NothingChosenOrOldSecretStillGood_IsRefused()
    {
        var ci = await _ring.IssueAsync("ci");
        var asked = await ShowAsync(ci);
        var unchosen = await _ring.Browser.SubmitAsync(asked, $"/keys/{ci.Credential.Id}/secrets/1");
        await _ring.RotateAsync(ci, OldSecretLife.OneDay);

        var page = await _ring.Browser.PostAsync(
            $"/keys/{ci.Credential.Id}/secrets/2", [.. asked.FormTo($"/keys/{ci.Credential.Id}/secrets/1"), ("old_secret", "0")]);

        Assert.That(unchosen.Text, Does.Contain("Choose how long the old secret works."));
        Assert.That((unchosen.Status, page.Status), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.Conflict)));
        Assert.That(page.Text, Does.Contain("End the old secret, then rotate again."));
        Assert.That((await _ring.FindAsync(ci)).Credential.SecretNumber, Is.EqualTo(1));
    }

    [Test]
    public async Task OldSecret_EndedNow_WorksNoLonger()
    {
        var ci = await _ring.IssueAsync("ci");
        var rotated = await _ring.RotateAsync(ci, OldSecretLife.SevenDays);
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(4));
        var page = await ShowAsync(ci);
        Assert.That(page.Text, Does.Contain("The old secret works until 1 Dec, 14:38 ; last used 4 min ago ."));
        Assert.That(page.FormActions, Has.None.Contain("/secrets/"), "while two are good there is no third");

        var answer = await _ring.Browser.SubmitAsync(page, $"/keys/{ci.Credential.Id}/end-old-secret");

        Assert.That(answer.Location, Is.EqualTo($"/keys/{ci.Credential.Id}?said=ended#rotate"));
        Assert.That((await _ring.Browser.GetAsync($"/keys/{ci.Credential.Id}?said=ended")).Text, Does.Contain("The old secret has ended."));
        Assert.That(
            (await _ring.IsGoodAsync(ci.Secret.Reveal()), await _ring.IsGoodAsync(rotated.Secret.Reveal())), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Revoke_Asked_TellsWhatWillEndAndFocusesTheSafeWay()
    {
        var ci = await _ring.IssueAsync("ci");
        await _ring.CountAsync(ci, 3);
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(3));

        var page = await _ring.Browser.GetAsync($"/keys/{ci.Credential.Id}/revoke");

        Assert.That(page.Title, Is.EqualTo("Revoke ci?"));
        Assert.That(page.Text, Does.Contain("It made 3 calls today ; it was last used 3 min ago ."));
        Assert.That(page.Html, Does.Contain("<a class=\"btn\" href=\"/keys\" autofocus>Keep it</a>"));
        Assert.That(await _ring.IsGoodAsync(ci.Secret.Reveal()), Is.True, "a look changes nothing");
    }

    [Test]
    public async Task Revoke_Sent_EndsTheKey()
    {
        var ci = await _ring.IssueAsync("ci");

        var answer = await _ring.Browser.SubmitAsync(await _ring.Browser.GetAsync($"/keys/{ci.Credential.Id}/revoke"));

        Assert.That(answer.Location, Is.EqualTo($"/keys?revoked={ci.Credential.Id}"));
        Assert.That((await _ring.Browser.FollowAsync(answer)).Text, Does.Contain("ci is revoked. Programs that use it get 401."));
        Assert.That(await _ring.IsGoodAsync(ci.Secret.Reveal()), Is.False);
        var page = await ShowAsync(ci);
        Assert.That(page.Text, Does.Contain("ci works no longer.").And.Contain("Calls with it get 401."));
        Assert.That(page.FormActions, Is.Empty);
        Assert.That((await _ring.Browser.GetAsync($"/keys/{ci.Credential.Id}/revoke")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Key_OfAnotherAccountOrUnknown_IsNotFoundAndStaysAsItIs()
    {
        var foreign = await _ring.IssueAsync("foreign", account: Account.OwnerId);
        var form = (await _ring.Browser.GetAsync("/keys/new")).HiddenFields;
        foreach (var id in new[] { foreign.Credential.Id, "000000000000" })
        {
            foreach (var path in new[] { "", "/revoke", "/secrets/1" })
            {
                Assert.That((await _ring.Browser.GetAsync($"/keys/{id}{path}")).Status, Is.EqualTo(HttpStatusCode.NotFound), path);
            }

            foreach (var path in new[] { "", "/revoke", "/secrets/1", "/end-old-secret" })
            {
                var answer = await _ring.Browser.PostAsync($"/keys/{id}{path}", [.. form, ("name", "mine"), ("old_secret", "0")]);
                Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound), path);
            }
        }

        Assert.That((await _ring.FindAsync(foreign)).Credential, Is.EqualTo(foreign.Credential));
    }

    private Task<BrowserPage> ShowAsync(IssuedCredential key) => _ring.Browser.GetAsync($"/keys/{key.Credential.Id}");

    private Task<BrowserPage> SaveAsync(BrowserPage page, params (string Name, string Value)[] fields) =>
        _ring.Browser.SubmitAsync(page, page.FormActions[0], fields);
}
