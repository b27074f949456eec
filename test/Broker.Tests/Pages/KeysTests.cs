using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The list of keys, and how one is created.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeysTests
{
    private KeyRing _ring = null!;

    [SetUp]
    public async Task SetUp() => _ring = await KeyRing.StartAsync();

    [TearDown]
    public async Task TearDown() => await _ring.DisposeAsync();

    [Test]
    public async Task Keys_None_SaysWhatToDo()
    {
        var page = await _ring.Browser.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("No key yet. Create one to make calls."));
        Assert.That(page.Html, Does.Contain("href=\"/keys/new\"").And.Not.Contain("<table"));
    }

    [Test]
    public async Task Keys_Some_TellUseAndResetsInTheViewersZone()
    {
        var (ci, _) = (await _ring.IssueAsync("ci", new KeyLimits(5, null, null)), await _ring.IssueAsync("notebook"));
        await _ring.CountAsync(ci, 2);
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(5));

        var page = await _ring.Browser.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("Two keys work.").And.Not.Contain("used up its"));
        Assert.That(page.Text, Does.Contain("This hour resets 15:00 Today resets tomorrow, 01:00 November resets 1 Dec, 01:00"));
        Assert.That(
            page.Text,
            Does.Contain($"ci pk-{ci.Credential.Id}… 2 of 5 3 left 2 of 50 48 left 2 of 500 498 left Last used 5 min ago"));
        Assert.That(page.Html, Does.Contain("aria-label=\"ci, this hour\"").And.Contain("aria-valuetext=\"2 of 5 used, 3 left\""));
        Assert.That(page.Html, Does.Contain("title=\"Tue 24 Nov 2026, 15:00:00 &#xB7; 14:00:00 UTC\""));
        Assert.That(page.Text, Does.Contain("notebook Never used pk-"));
    }

    [Test]
    public async Task Keys_OneUsedUp_IsInTheVerdict()
    {
        var (ci, _) = (await _ring.IssueAsync("ci", new KeyLimits(2, null, null)), await _ring.IssueAsync("notebook"));
        await _ring.CountAsync(ci, 2);

        var page = await _ring.Browser.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("Two keys work. ci has used up its hour until 15:00."));
        Assert.That(page.Text, Does.Contain("Hour used up").And.Contain("2 of 2 used up"));
        Assert.That(page.Html, Does.Contain("aria-valuetext=\"2 of 2 used, used up\"").And.Contain("bar-out"));
    }

    [Test]
    public async Task Keys_OneOfTheOthersUsesTheAccountsMonth_SaysThatTheAccountEndsIt()
    {
        await _ring.SetTierAsync(AccountTier.Free);
        var (busy, _) = (await _ring.IssueAsync("busy"), await _ring.IssueAsync("idle"));
        await _ring.CountAsync(busy, 3);

        var page = await _ring.Browser.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("0 of 500 497 left: account"));
        Assert.That(page.Text, Does.Contain("account’s 500 messages a month"));
    }

    [Test]
    public async Task Keys_OfTheOwner_HaveNoLimit()
    {
        var owner = await _ring.Broker.SignedInAsync();

        var page = await owner.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("One key works.").And.Contain("0 no limit 0 no limit 0 no limit"));
        Assert.That(page.Html, Does.Contain("bar-none").And.Not.Contain("role=\"meter\""));
        Assert.That(page.Text, Does.Contain("resets").And.Contain("14:00 UTC"), "no cookie has said where the owner is");
    }

    [Test]
    public async Task Keys_Rotating_TellOfTheOldSecret()
    {
        var ci = await _ring.IssueAsync("ci");
        await _ring.RotateAsync(ci, OldSecretLife.OneDay);
        Assert.That((await _ring.Browser.GetAsync("/keys")).Text, Does.Contain("until tomorrow, 14:38 ; it was never used."));

        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(4));

        var page = await _ring.Browser.GetAsync("/keys");
        Assert.That(page.Text, Does.Contain("Rotating"));
        Assert.That(page.Text, Does.Contain("The old secret works until tomorrow, 14:38 ; last used 4 min ago . End it now"));
    }

    [Test]
    public async Task Keys_Revoked_StandInAFold()
    {
        var old = await _ring.IssueAsync("old-laptop");
        await _ring.RecordAsync(old, TimeSpan.FromDays(40));
        await _ring.RecordAsync(old, TimeSpan.FromDays(2), CallResult.Failed);
        await _ring.RevokeAsync(old);

        var page = await _ring.Browser.GetAsync("/keys");

        Assert.That(page.Text, Does.Contain("No key yet.").And.Contain("1 revoked key"));
        Assert.That(page.Text, Does.Contain($"old-laptop pk-{old.Credential.Id}… just now just now 2"));
    }

    [Test]
    public async Task Keys_OfAnother_AreNotThere()
    {
        await _ring.IssueAsync("mine");
        await _ring.IssueAsync("foreign", account: Account.OwnerId);

        Assert.That((await _ring.Browser.GetAsync("/keys")).Text, Does.Contain("One key works.").And.Not.Contain("foreign"));
    }

    [Test]
    public async Task Stream_ACallIsCounted_ChangesItsKeyAlone()
    {
        var (ci, idle) = (await _ring.IssueAsync("ci", new KeyLimits(1, null, null)), await _ring.IssueAsync("idle"));
        var (one, other) = ($"key-{ci.Credential.Id}", $"key-{idle.Credential.Id}");
        var live = new LiveReading(_ring.Broker, _ring.Account, "keys");
        var before = await live.NextAsync();

        await _ring.CountAsync(ci, 1);
        await _ring.RecordAsync(ci, TimeSpan.FromMinutes(1));
        var after = await live.NextAsync();

        Assert.That(
            after.Keys.Where(part => after[part] != before[part]),
            Is.EquivalentTo(new[]
            {
                "verdict", "count-used-up", $"{one}-name", $"{one}-hour", $"{one}-day", $"{one}-month", $"{one}-used", $"{other}-month",
            }));
        Assert.That(after[$"{one}-hour"], Does.StartWith("<td ").And.Contain("1 of 1 used, used up"));
        Assert.That(after[$"{one}-name"], Does.Contain("Hour used up").And.Not.Contain("Never used"));
        Assert.That(after[$"{one}-used"], Does.Contain("1 min ago"));
    }

    [Test]
    public async Task New_Asked_TellsWhatTheTierAllows()
    {
        var page = await _ring.Browser.GetAsync("/keys/new");

        Assert.That(page.Text, Does.Contain("Free allows up to 10 an hour, 50 a day and 500 a month."));
        Assert.That(page.Text, Does.Contain("at :00, next 15:00").And.Contain("of 10").And.Contain("of 50").And.Contain("of 500"));
    }

    [Test]
    public async Task New_WithMistakes_StaysFilledAndSaysEachBesideItsField()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");

        var page = await _ring.Browser.SubmitAsync(
            asked, asked.FormAction, ("name", "note<b>book"), ("per_hour", "7"), ("per_day", "600"), ("per_month", "0"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(page.Text, Does.Contain("Up to 50 a day.").And.Contain("A whole number from 1."));
        Assert.That(page.Html, Does.Contain("value=\"note&lt;b&gt;book\"").And.Contain("value=\"7\"").And.Contain("value=\"600\""));
        Assert.That(page.Html, Does.Match("id=\"per_day\"[^>]*aria-describedby=\"per_day-h\" aria-invalid=\"true\" autofocus"));
        Assert.That(page.Html, Does.Contain("<p class=\"error\" id=\"per_day-h\">"));
        Assert.That(page.Html, Does.Not.Match("id=\"per_hour\"[^>]*aria-invalid"));
        Assert.That(await _ring.Keys.ListAsync(_ring.Account, default), Is.Empty);

        var again = await _ring.Browser.SubmitAsync(page, page.FormAction, ("name", " "), ("per_day", "1.5"));

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(again.Text, Does.Contain("1 to 100 characters.").And.Contain("A whole number from 1."));
        var good = await _ring.Browser.SubmitAsync(again, again.FormAction, ("name", "notebook"));
        Assert.That(good.Text, Does.Contain("Copy your key now."));
    }

    [Test]
    public async Task New_MoreThanAnAccountMayHave_IsRefused()
    {
        for (var key = 0; key < ApiKeyDirectory.Most; key++)
        {
            await _ring.IssueAsync($"key-{key}");
        }

        var asked = await _ring.Browser.GetAsync("/keys/new");
        var page = await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "one more"));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(page.Text, Does.Contain($"The account has its {ApiKeyDirectory.Most} keys. Revoke one first."));
    }

    [Test]
    public async Task Created_ShownOnce_HoldsAGoodKeyAndIsNotKept()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");

        var page = await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "notebook-2"), ("per_hour", "5"));

        var secret = Secrets.In(page);
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page.Headers["Cache-Control"], Does.Contain("no-store"));
        Assert.That(page.Text, Does.Contain("Copy your key now. It is shown this once."));
        Assert.That(page.Text, Does.Contain("5 an hour, 50 a day (tier), 500 a month (tier)"));
        Assert.That(await _ring.IsGoodAsync(secret), Is.True);
        Assert.That(asked.FormAction, Does.Not.Contain(secret[3..15]), "the address tells nothing of the key");
        Assert.That(_ring.Browser.SetCookies, Has.None.Contain(secret[15..]));
        foreach (var file in Directory.GetFiles(_ring.Broker.DataFolder))
        {
            Assert.That(await Secrets.ReadAsync(file), Does.Not.Contain(secret[15..]), file);
        }
    }

    [Test]
    public async Task Created_LoadedAgain_SaysThatItWasShownAndMakesNoOther()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");
        var first = await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "notebook-2"));
        var secret = Secrets.In(first);

        var sentAgain = await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "notebook-2"));
        var loadedAgain = await _ring.Browser.GetAsync(asked.FormAction);

        foreach (var page in new[] { sentAgain, loadedAgain })
        {
            Assert.That(page.Text, Does.Contain("This key was shown. If you did not keep it, rotate it."));
            Assert.That(page.Html, Does.Not.Contain(secret).And.Contain($"href=\"/keys/{secret[3..15]}#rotate\""));
        }

        Assert.That(await _ring.Keys.ListAsync(_ring.Account, default), Has.Count.EqualTo(1));
        var trail = await _ring.Broker.Running.Services.GetRequiredService<IAuditStore>()
            .ListAsync(new AuditQuery { AccountId = _ring.Account }, default);
        var made = trail.Entries.Single(entry => entry.Action == AuditActions.KeyCreated);
        Assert.That((made.SubjectName, made.Actor.Kind), Is.EqualTo(("notebook-2", ActorKind.Session)));
    }

    [Test]
    public async Task Created_SentManyTimesAtOnce_MakesOne()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");

        var pages = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(_ => _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "notebook-2"))));

        Assert.That(pages.Count(page => page.Text.Contains("Copy your key now.", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(pages.Count(page => page.Text.Contains("This key was shown.", StringComparison.Ordinal)), Is.EqualTo(5));
        Assert.That(await _ring.Keys.ListAsync(_ring.Account, default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Created_WithTheNameOfAnothersDraft_IsANewKey()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");
        await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "mine"));
        var owner = await _ring.Broker.SignedInAsync();

        var foreign = await owner.GetAsync(asked.FormAction);
        var page = await owner.SubmitAsync(foreign, asked.FormAction, ("name", "theirs"));

        Assert.That(foreign.Text, Does.Contain("Create a key").And.Not.Contain("mine"));
        Assert.That(page.Text, Does.Contain("Copy your key now."));
    }
}
