using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.SignIn;

/// <summary>RFC 8628 from both ends: the machine by HTTP, the person by a browser.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeviceLoginTests
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:device_code";

    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task WellKnown_NamesTheEndpoints()
    {
        var known = JsonDocument.Parse((await _broker.OpenBrowser().GetAsync("/.well-known/polydev")).Html).RootElement;
        var site = _broker.Site.AbsoluteUri.TrimEnd('/');

        Assert.That(known.GetProperty("device_authorization_endpoint").GetString(), Is.EqualTo($"{site}/oauth/device/code"));
        Assert.That(known.GetProperty("token_endpoint").GetString(), Is.EqualTo($"{site}/oauth/token"));
        Assert.That(known.GetProperty("revocation_endpoint").GetString(), Is.EqualTo($"{site}/oauth/revoke"));
    }

    [Test]
    public async Task Start_AnyMachine_GetsCodesThatSayWhereAndHowLong()
    {
        var code = await StartAsync();

        var site = _broker.Site.AbsoluteUri.TrimEnd('/');
        var shown = code.GetProperty("user_code").GetString()!;
        Assert.That(shown, Does.Match("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$"));
        Assert.That(code.GetProperty("verification_uri").GetString(), Is.EqualTo($"{site}/device"));
        Assert.That(code.GetProperty("verification_uri_complete").GetString(), Is.EqualTo($"{site}/device?user_code={shown}"));
        Assert.That((code.GetProperty("expires_in").GetInt32(), code.GetProperty("interval").GetInt32()), Is.EqualTo((600, 5)));
    }

    [Test]
    public async Task Approved_GivesAGoodTokenOnceUnderThePersonsName()
    {
        var code = await StartAsync();
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "authorization_pending")));
        var person = await _broker.SignedInAsync();

        var page = await person.GetAsync($"/device?user_code={Shown(code).ToLowerInvariant().Replace("-", "", StringComparison.Ordinal)}");
        Assert.That(page.Title, Is.EqualTo("Is this your machine?"));
        Assert.That(page.Text, Does.Contain(Shown(code)).And.Contain("studio <x>").And.Contain("polydev-mcp 0.9.2")
            .And.Contain("127.0.0.1, the same address as this browser"));
        var decided = await person.SubmitAsync(page, ("machine_name", "my studio"), ("decision", "approve"));
        Assert.That(decided.Status, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(
            (await person.FollowAsync(decided)).Title,
            Is.EqualTo("my studio is approved. Its terminal goes on by itself; you can close this page."));

        // Sooner than it may: what is decided is told at once.
        var (status, given) = await PollAsync(code);
        Assert.That(status, Is.EqualTo(200));
        Assert.That(given.GetProperty("token_type").GetString(), Is.EqualTo("Bearer"));
        Assert.That(given.GetProperty("machine_name").GetString(), Is.EqualTo("my studio"));
        var token = await AuthenticateAsync(given.GetProperty("access_token").GetString()!);
        Assert.That((token!.AccountId, token.Name), Is.EqualTo(("owner", "my studio")));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "invalid_grant")), "once");
    }

    [Test]
    public async Task Approved_AndGiven_StandsInTheTrailWithWhoAndWhere()
    {
        var code = await StartAsync();
        await DecideAsync(await _broker.SignedInAsync(), code, "approve");
        var (_, given) = await PollAsync(code);
        var token = given.GetProperty("access_token").GetString()!;
        await _broker.PostAsync("/oauth/revoke", ("client_id", "polydev-mcp"), ("token", token));

        var entries = (await _broker.Running.Services.GetRequiredService<IAuditStore>()
            .ListAsync(new AuditQuery { AccountId = "owner" }, default)).Entries;
        Assert.That(
            entries.Select(entry => (entry.Action, entry.Actor.Kind, entry.SubjectName, entry.Actor.Address)),
            Is.EquivalentTo(new[]
            {
                (AuditActions.SignedIn, ActorKind.Session, "", "127.0.0.1"),
                (AuditActions.MachineApproved, ActorKind.Session, "studio <x>", "127.0.0.1"),
                (AuditActions.MachineCreated, ActorKind.Machine, "studio <x>", "127.0.0.1"),
                (AuditActions.MachineRevoked, ActorKind.Machine, "studio <x>", "127.0.0.1"),
            }));
        Assert.That(
            entries.Where(entry => entry.Action != AuditActions.SignedIn && entry.Action != AuditActions.MachineApproved)
                .Select(entry => entry.SubjectId),
            Is.All.EqualTo(token[3..15]));
    }

    [Test]
    public async Task Approve_WithAsManyMachinesAsThereMayBe_IsRefusedAndDecidesNothing()
    {
        var machines = _broker.Running.Services.GetRequiredService<MachineTokens>();
        for (var machine = 1; machine < new MachineOptions().PerAccount; machine++)
        {
            // With the one that a running broker has for its tests.
            await machines.CreateAsync("owner", $"m{machine}", Actor.CommandLine(), default);
        }

        var code = await StartAsync();
        var person = await _broker.SignedInAsync();
        var refused = await DecideAsync(person, code, "approve");

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(refused.Title, Is.EqualTo("The account has its 10 machines. Revoke one first."));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "authorization_pending")));

        // One place less between the approval and the machine's question for its token.
        await machines.RevokeAsync("owner", _broker.Running.Token[3..15], Actor.CommandLine(), default);
        await DecideAsync(person, code, "approve");
        await machines.CreateAsync("owner", "faster", Actor.CommandLine(), default);
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "access_denied")));
    }

    [Test]
    public async Task Approved_PolledByManyAtOnce_MakesOneToken()
    {
        var code = await StartAsync();
        await DecideAsync(await _broker.SignedInAsync(), code, "approve");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PollAsync(code)));

        Assert.That(answers.Count(answer => answer.Status == 200), Is.EqualTo(1));
        var tokens = await _broker.Running.Services.GetRequiredService<ICredentialStore>()
            .ListAsync(CredentialKind.TunnelToken, "owner", default);
        Assert.That(tokens.Count(token => token.Name == "studio <x>"), Is.EqualTo(1));
    }

    [Test]
    public async Task Polls_SoonerThanTheyMay_AreSlowedDown()
    {
        var code = await StartAsync();
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "authorization_pending")));
        _broker.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "slow_down")));
        _broker.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "slow_down")), "10 s now");
        _broker.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "authorization_pending")));
    }

    [Test]
    public async Task Denied_IsAccessDenied()
    {
        var code = await StartAsync();
        var person = await _broker.SignedInAsync();

        var decided = await DecideAsync(person, code, "deny");

        Assert.That((await person.FollowAsync(decided)).Title, Is.EqualTo("Denied. Nothing was connected."));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "access_denied")));
    }

    [Test]
    public async Task Undecided_AfterTenMinutes_HasExpired()
    {
        var code = await StartAsync();
        var person = await _broker.SignedInAsync();
        var early = await person.GetAsync($"/device?user_code={Shown(code)}");
        _broker.Time.Advance(DeviceLogins.Lifetime);

        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "expired_token")));
        var late = await person.FollowAsync(await person.SubmitAsync(early, ("decision", "approve")));
        Assert.That(late.Title, Is.EqualTo("This code has ended. Run polydev-mcp login again."));
        Assert.That(await ErrorAsync(code), Is.EqualTo((400, "expired_token")));
    }

    [TestCase(30, 200)]
    [TestCase(60, 400)]
    public async Task Approved_AtTheVeryEnd_IsWorthATokenForAMinuteMore(int secondsLater, int status)
    {
        var code = await StartAsync();
        var person = await _broker.SignedInAsync();
        var page = await person.GetAsync($"/device?user_code={Shown(code)}");
        _broker.Time.Advance(DeviceLogins.Lifetime - TimeSpan.FromSeconds(1));
        await person.SubmitAsync(page, ("decision", "approve"));

        _broker.Time.Advance(TimeSpan.FromSeconds(1 + secondsLater));

        Assert.That((await PollAsync(code)).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Decided_IsSeenByItsOwnAccountAlone()
    {
        var code = await StartAsync();
        await DecideAsync(await _broker.SignedInAsync(), code, "approve");
        var ann = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));

        var page = await ann.GetAsync($"/device?user_code={Shown(code)}");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(page.Text, Does.Contain("No such code."));
    }

    [Test]
    public async Task FirstDecision_Stays()
    {
        var code = await StartAsync();
        var person = await _broker.SignedInAsync();
        var second = await person.GetAsync($"/device?user_code={Shown(code)}");
        await DecideAsync(person, code, "deny");

        var late = await person.SubmitAsync(second, ("decision", "approve"));

        Assert.That((await person.FollowAsync(late)).Title, Is.EqualTo("Denied. Nothing was connected."));
    }

    [Test]
    public async Task WrongUserCodes_HaveToWait_WhereverTheAccountIsSignedIn()
    {
        await _broker.StartAgainAsync(new Uri("http://127.0.0.1:1"));
        var code = await StartAsync();
        var (one, other) = (await _broker.SignedInAsync(), await _broker.SignedInAsync());
        one.Headers["X-Forwarded-For"] = "198.51.100.1";
        other.Headers["X-Forwarded-For"] = "198.51.100.2";
        for (var wrong = 0; wrong < 5; wrong++)
        {
            Assert.That((await one.GetAsync("/device?user_code=BBBB-BBBB")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        }

        Assert.That((await one.GetAsync($"/device?user_code={Shown(code)}")).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        var elsewhere = await other.GetAsync($"/device?user_code={Shown(code)}");
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.TooManyRequests), "by the account");
        var ann = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));
        ann.Headers["X-Forwarded-For"] = "198.51.100.1";
        Assert.That(
            (await ann.GetAsync($"/device?user_code={Shown(code)}")).Status, Is.EqualTo(HttpStatusCode.TooManyRequests), "by the address");

        _broker.Time.Advance(Throttle.Window);
        Assert.That((await one.GetAsync($"/device?user_code={Shown(code)}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task RightUserCodes_DoNotCount()
    {
        var code = await StartAsync();
        var person = await _broker.SignedInAsync();
        for (var look = 0; look < 10; look++)
        {
            Assert.That((await person.GetAsync($"/device?user_code={Shown(code)}")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Codes_AskedForWithoutEnd_HaveToWait()
    {
        for (var ask = 0; ask < 12; ask++)
        {
            await StartAsync();
        }

        var (status, error) = await _broker.PostAsync("/oauth/device/code", ("client_id", "polydev-mcp"));
        Assert.That((status, error.GetProperty("error").GetString()), Is.EqualTo((429, "temporarily_unavailable")));

        _broker.Time.Advance(Throttle.Window);
        await StartAsync();
    }

    [TestCase("/oauth/device/code", 401, "invalid_client", "client_id=other")]
    [TestCase("/oauth/device/code", 400, "invalid_request", "machine_name=x")]
    [TestCase("/oauth/device/code", 400, "invalid_request", "client_id=polydev-mcp&client_id=polydev-mcp")]
    [TestCase("/oauth/device/code", 400, "invalid_request", "client_id=polydev-mcp&machine_name=a&machine_name=b")]
    [TestCase("/oauth/token", 401, "invalid_client", "client_id=other&grant_type=" + Grant + "&device_code=x")]
    [TestCase("/oauth/token", 400, "unsupported_grant_type", "client_id=polydev-mcp&grant_type=password")]
    [TestCase("/oauth/token", 400, "invalid_request", "client_id=polydev-mcp")]
    [TestCase("/oauth/token", 400, "invalid_request", "client_id=polydev-mcp&grant_type=" + Grant)]
    [TestCase("/oauth/token", 400, "invalid_grant", "client_id=polydev-mcp&grant_type=" + Grant + "&device_code=x")]
    [TestCase("/oauth/revoke", 401, "invalid_client", "client_id=other&token=x")]
    [TestCase("/oauth/revoke", 400, "invalid_request", "client_id=polydev-mcp")]
    public async Task Endpoint_BadRequest_AnswersAsRfc6749Has(string path, int expected, string error, string form)
    {
        var fields = form.Split('&').Select(field => field.Split('=')).Select(field => (field[0], field[1])).ToArray();

        var page = await _broker.OpenBrowser().PostAsync(path, fields);

        var body = JsonDocument.Parse(page.Html).RootElement;
        Assert.That(((int)page.Status, body.GetProperty("error").GetString()), Is.EqualTo((expected, error)));
        Assert.That(body.GetProperty("error_description").GetString(), Is.Not.Empty);
        Assert.That(page.Headers["Cache-Control"], Is.EqualTo("no-store"));
        Assert.That(page.Headers["Content-Type"], Does.StartWith("application/json"));
    }

    [Test]
    public async Task Revoke_ItsOwnToken_EndsIt()
    {
        var (status, _) = await _broker.PostAsync(
            "/oauth/revoke", ("client_id", "polydev-mcp"), ("token", _broker.Running.Token));

        Assert.That(status, Is.EqualTo(200));
        Assert.That(await AuthenticateAsync(_broker.Running.Token), Is.Null);
        Assert.That(
            (await _broker.PostAsync("/oauth/revoke", ("client_id", "polydev-mcp"), ("token", "pd_none"))).Status,
            Is.EqualTo(200),
            "RFC 7009: what is no token is none already");
    }

    [Test]
    public async Task Token_OfATunnelThatConnects_IsSeen()
    {
        var store = _broker.Running.Services.GetRequiredService<ICredentialStore>();
        var id = _broker.Running.Token[3..15];
        Assert.That((await FindAsync()).FirstSeenAt, Is.Null);
        var now = _broker.Time.GetUtcNow();
        await using (await _broker.Running.ConnectTunnelAsync())
        {
            Assert.That((await FindAsync()).FirstSeenAt, Is.EqualTo(now).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That((await FindAsync()).LastSeenAt, Is.EqualTo(now).Within(TimeSpan.FromMilliseconds(1)));
        }

        async Task<Credential> FindAsync() => (await store.FindAsync(CredentialKind.TunnelToken, id, default))!.Credential;
    }

    private async Task<JsonElement> StartAsync()
    {
        var (status, code) = await _broker.PostAsync(
            "/oauth/device/code", ("client_id", "polydev-mcp"), ("machine_name", " studio\n<x>"), ("client_version", "0.9.2"));
        Assert.That(status, Is.EqualTo(200), code.ToString());
        return code;
    }

    private static string Shown(JsonElement code) => code.GetProperty("user_code").GetString()!;

    private Task<(int Status, JsonElement Json)> PollAsync(JsonElement code) => _broker.PostAsync(
        "/oauth/token",
        ("client_id", "polydev-mcp"), ("grant_type", Grant), ("device_code", code.GetProperty("device_code").GetString()!));

    private async Task<(int Status, string? Error)> ErrorAsync(JsonElement code)
    {
        var (status, json) = await PollAsync(code);
        return (status, json.GetProperty("error").GetString());
    }

    private static async Task<BrowserPage> DecideAsync(Browser person, JsonElement code, string decision) =>
        await person.SubmitAsync(await person.GetAsync($"/device?user_code={Shown(code)}"), ("decision", decision));

    private ValueTask<Credential?> AuthenticateAsync(string token) => _broker.Running.Services
        .GetRequiredService<CredentialAuthenticator>().AuthenticateAsync(CredentialKind.TunnelToken, token, default);
}
