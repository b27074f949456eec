using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Calls;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;

namespace Polydev.Broker.Tests.Manage;

/// <summary>What the management API does, by a token of an account on the free tier.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManageOperationTests
{
    private SignInBroker _broker = null!;
    private string _account = null!;
    private ManageClient _ann = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _account = await _broker.OpenAccountAsync("ann");
        _ann = await ManageClient.WithTokenAsync(_broker, _account);
    }

    [TearDown]
    public async Task TearDown()
    {
        _ann.Dispose();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Keys_FromTheFirstToTheLast_DoWhatIsSaid()
    {
        var made = await _ann.PostAsync("/keys", """{"name":"script","per_hour":5}""");
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Text);
        var (id, first) = (made.Word("id"), made.Word("secret"));
        Assert.That(await StatusOfAsync(first), Is.EqualTo(HttpStatusCode.OK));

        var seen = await _ann.GetAsync($"/keys/{id}");
        Assert.That(seen["secret"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(seen.Text, Does.Not.Contain(first));
        Assert.That(seen["windows"][0].GetProperty("limit").GetInt32(), Is.EqualTo(5));
        Assert.That(seen["windows"][1].GetProperty("limit").GetInt32(), Is.EqualTo(50), "its tier's");

        var changed = await _ann.SendAsync(HttpMethod.Patch, $"/keys/{id}", """{"per_hour":null,"per_day":20}""");
        Assert.That((changed.Word("name"), changed["per_day"].GetInt32()), Is.EqualTo(("script", 20)));
        Assert.That(changed["per_hour"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        var renamed = await _ann.SendAsync(HttpMethod.Patch, $"/keys/{id}", """{"name":"robot"}""");
        Assert.That((renamed.Word("name"), renamed["per_day"].GetInt32()), Is.EqualTo(("robot", 20)));

        var rotated = await _ann.PostAsync($"/keys/{id}/rotate", """{"old_secret":"one_day"}""");
        var second = rotated.Word("secret");
        Assert.That(rotated["old_secret_ends_at"].GetDateTimeOffset(), Is.EqualTo(_broker.Time.GetUtcNow().AddDays(1)).Within(1).Seconds);
        Assert.That((await StatusOfAsync(first), await StatusOfAsync(second)), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That((await _ann.PostAsync($"/keys/{id}/rotate", """{"old_secret":"none"}""")).Type, Is.EqualTo("conflict"));
        Assert.That((await _ann.PostAsync($"/keys/{id}/end-old-secret")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _ann.PostAsync($"/keys/{id}/end-old-secret")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(
            (await StatusOfAsync(first), await StatusOfAsync(second)), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));

        Assert.That((await _ann.PostAsync($"/keys/{id}/revoke")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusOfAsync(second), Is.EqualTo(HttpStatusCode.Unauthorized));
        foreach (var (method, path, json) in ((HttpMethod, string, string?)[])
        [
            (HttpMethod.Post, "/revoke", null),
            (HttpMethod.Post, "/rotate", """{"old_secret":"none"}"""),
            (HttpMethod.Patch, "", """{"name":"late"}"""),
            (HttpMethod.Patch, "", """{"per_day":1}"""),
        ])
        {
            Assert.That((await _ann.SendAsync(method, $"/keys/{id}{path}", json)).Status, Is.EqualTo(HttpStatusCode.Conflict), path);
        }

        Assert.That((await _ann.GetAsync("/keys"))["keys"][0].GetProperty("name").GetString(), Is.EqualTo("robot"));
        Assert.That((await _ann.GetAsync("/keys/nosuchkey")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Limits_OverTheTiers_AreRefusedWithTheMost()
    {
        var answer = await _ann.PostAsync("/keys", """{"name":"x","per_hour":11,"per_day":0}""");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        var fields = answer["error"].GetProperty("fields");
        Assert.That(fields[0].GetProperty("name").GetString(), Is.EqualTo("per_hour"));
        Assert.That(fields[0].GetProperty("max").GetInt32(), Is.EqualTo(10));
        Assert.That(fields[1].GetProperty("name").GetString(), Is.EqualTo("per_day"));
        Assert.That((await _ann.GetAsync("/keys"))["keys"].GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Machines_OnlineAndOff_AreTold()
    {
        var made = await _ann.PostAsync("/machines", """{"name":"desk"}""");
        var id = made.Word("id");
        await using (await FakeTunnel.ConnectAsync(_broker.Running.Addresses.Grpc.ToString(), made.Word("secret")))
        {
            var seen = await _ann.GetAsync($"/machines/{id}");
            Assert.That(seen["online"].GetBoolean());
            var clis = seen["tunnels"][0].GetProperty("clis").EnumerateArray().ToArray();
            Assert.That(
                clis.Select(cli => cli.GetProperty("provider").GetString()), Is.EquivalentTo(new[] { "claude", "codex", "gemini" }));
            Assert.That(clis[0].GetProperty("state").GetString(), Is.EqualTo("ready"));
            var overview = await _ann.GetAsync("/overview");
            Assert.That((overview["online"].GetBoolean(), overview["machines"].GetArrayLength()), Is.EqualTo((true, 1)));
        }

        Assert.That((await _ann.SendAsync(HttpMethod.Patch, $"/machines/{id}", """{"name":"attic"}""")).Word("name"), Is.EqualTo("attic"));
        Assert.That((await _ann.PostAsync($"/machines/{id}/revoke")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _ann.PostAsync($"/machines/{id}/revoke")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _ann.SendAsync(HttpMethod.Patch, $"/machines/{id}", """{"name":"late"}""")).Type, Is.EqualTo("conflict"));
        Assert.That((await _ann.GetAsync("/machines"))["machines"][0].GetProperty("name").GetString(), Is.EqualTo("attic"));
    }

    [Test]
    public async Task Calls_ByPageAndFilter_AreAllThereOnce()
    {
        var store = _broker.Running.Services.GetRequiredService<IUsageStore>();
        await store.AddAsync(
            [
                .. SomeCalls.Many(5).Select(call => call with { AccountId = _account }),
                SomeCalls.Make("failed1", _account, at: SomeCalls.Noon.AddHours(1), result: CallResult.Failed) with
                {
                    Ignored = "top_k, seed",
                },
                SomeCalls.Make("theirs", "another"),
            ],
            CancellationToken.None);

        var seen = new List<string?>();
        var path = "/calls?limit=2";
        while (true)
        {
            var page = await _ann.GetAsync(path);
            seen.AddRange(page["calls"].EnumerateArray().Select(call => call.GetProperty("id").GetString()));
            if (page["next_cursor"].GetString() is not { } next)
            {
                break;
            }

            path = $"/calls?limit=2&cursor={Uri.EscapeDataString(next)}";
        }

        Assert.That(seen, Is.EqualTo(new[] { "failed1", "call0004", "call0003", "call0002", "call0001", "call0000" }));
        Assert.That(await IdsAsync("?result=failed"), Is.EqualTo(new[] { "failed1" }));
        Assert.That(await IdsAsync("?result=not_answered"), Is.EqualTo(new[] { "failed1" }));
        Assert.That(await IdsAsync("?from=2026-03-01T12:30:00Z"), Is.EqualTo(new[] { "failed1" }));
        Assert.That(await IdsAsync("?to=2026-03-01T12:00:00.001Z"), Is.EqualTo(new[] { "call0000" }));
        Assert.That(await IdsAsync("?key_id=key2"), Is.Empty);
        var call = await _ann.GetAsync("/calls/failed1");
        Assert.That((call.Word("result"), call["input_tokens"].GetInt64()), Is.EqualTo(("failed", 100)));
        Assert.That(call["ignored"].EnumerateArray().Select(field => field.GetString()), Is.EqualTo(new[] { "top_k", "seed" }));
        Assert.That((await _ann.GetAsync("/calls/theirs")).Status, Is.EqualTo(HttpStatusCode.NotFound));

        var usage = await _ann.GetAsync("/usage?from=2026-03-01&to=2026-03-02&by=provider");
        Assert.That(usage["sums"][0].GetProperty("name").GetString(), Is.EqualTo("claude"));
        Assert.That(usage["sums"][0].GetProperty("totals").GetProperty("calls").GetInt64(), Is.EqualTo(6));
        Assert.That(usage["days"][0].GetProperty("totals").GetProperty("failed").GetInt64(), Is.EqualTo(1));
        Assert.That(usage["days"][0].GetProperty("day").GetString(), Is.EqualTo("2026-03-01"));
    }

    [TestCase("/calls?limit=0", "limit")]
    [TestCase("/calls?limit=201", "limit")]
    [TestCase("/calls?limit=9999999999", "limit")]
    [TestCase("/calls?cursor=x", "cursor")]
    [TestCase("/calls?result=good", "result")]
    [TestCase("/calls?from=yesterday", "from")]
    [TestCase("/calls?account_id=owner", "account_id")]
    [TestCase("/calls?model=a&model=b", "model")]
    [TestCase("/usage?from=2026-3-1", "from")]
    [TestCase("/usage?from=2026-03-02&to=2026-03-01", "from")]
    [TestCase("/usage?from=2020-01-01&to=2026-03-01", "from")]
    [TestCase("/usage?by=account", "by")]
    public async Task AQuery_ThatCannotBe_NamesTheParameter(string path, string name)
    {
        var answer = await _ann.GetAsync(path);

        Assert.That((answer.Status, answer.Type), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "invalid_fields")), answer.Text);
        Assert.That(answer.Fields, Is.EqualTo(new[] { name }));
    }

    [Test]
    public async Task AFirstDay_AtTheCalendarsBegin_IsNoDefect() =>
        Assert.That((await _ann.GetAsync("/usage?to=0001-01-05"))["from"].GetString(), Is.EqualTo("0001-01-01"));

    [Test]
    public async Task Sessions_SignedOutEverywhere_AreGone()
    {
        var browser = await _broker.SignedInAsync(_account);
        using var page = ManageClient.With(_broker, browser);
        var seen = (await page.GetAsync("/sessions"))["sessions"];
        Assert.That((seen.GetArrayLength(), seen[0].GetProperty("current").GetBoolean()), Is.EqualTo((1, true)));
        Assert.That(seen[0].GetProperty("browser").GetString(), Is.EqualTo("Test Browser/1.0"));
        Assert.That((await _ann.GetAsync("/sessions"))["sessions"][0].GetProperty("current").GetBoolean(), Is.False);

        var ended = await page.PostAsync("/sessions/end-all");

        Assert.That(ended["ended"].GetInt32(), Is.EqualTo(1));
        Assert.That((await page.GetAsync("/sessions")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _ann.GetAsync("/sessions"))["sessions"].GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Changes_OfATokenAndASession_StandInTheTrail()
    {
        var id = (await _ann.PostAsync("/keys", """{"name":"script"}""")).Word("id");
        using var page = ManageClient.With(_broker, await _broker.SignedInAsync(_account));
        _broker.Time.Advance(TimeSpan.FromSeconds(1));
        await page.SendAsync(HttpMethod.Patch, $"/keys/{id}", """{"name":"robot"}""");

        var first = await _ann.GetAsync($"/audit?subject_id={id}&limit=1");
        var second = await _ann.GetAsync($"/audit?subject_id={id}&limit=1&cursor={first.Word("next_cursor")}");

        Assert.That(
            new[] { first, second }.Select(one => one["entries"][0])
                .Select(entry => (entry.GetProperty("action").GetString(), entry.GetProperty("actor").GetProperty("kind").GetString())),
            Is.EqualTo(new[] { ("key.renamed", "session"), ("key.created", "account_token") }));
        Assert.That(second["entries"][0].GetProperty("actor").GetProperty("name").GetString(), Is.EqualTo("the test's"));
        Assert.That(second["next_cursor"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Account_WithItsMonth_IsToldAndExported()
    {
        var account = await _ann.GetAsync("/account");
        Assert.That((account.Word("name"), account.Word("tier")), Is.EqualTo(("ann", "free")));
        Assert.That(account["month"].GetProperty("limit").GetInt32(), Is.EqualTo(500));
        Assert.That(account["month"].GetProperty("used").GetInt32(), Is.Zero);
        Assert.That(account["per_hour"].GetInt32(), Is.EqualTo(10));
        var secret = (await _ann.PostAsync("/keys", """{"name":"script"}""")).Word("secret");

        var export = await _ann.GetAsync("/export");

        Assert.That(export.Headers["Content-Disposition"], Does.StartWith("attachment; filename=\"polydev-"));
        var rows = export.Json.EnumerateArray().ToArray();
        Assert.That(rows[0].GetProperty("kind").GetString(), Is.EqualTo("account"));
        Assert.That(
            rows.Where(row => row.GetProperty("kind").GetString() == "api_key").Select(row => row.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "script" }));
        Assert.That(export.Text, Does.Not.Contain(secret));
    }

    [Test]
    public async Task Account_DeletedByItsName_IsGone()
    {
        using var owner = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);

        var wrong = await _ann.SendAsync(HttpMethod.Delete, "/account", """{"name":"bob"}""");
        Assert.That((wrong.Status, wrong.Fields.Single()), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "name")));
        Assert.That((await owner.SendAsync(HttpMethod.Delete, "/account", """{"name":"owner"}""")).Type, Is.EqualTo("conflict"));
        Assert.That((await _ann.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        var right = await _ann.SendAsync(HttpMethod.Delete, "/account", """{"name":"ann"}""");
        Assert.That(right.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _ann.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private async Task<string?[]> IdsAsync(string query) =>
        [.. (await _ann.GetAsync($"/calls{query}"))["calls"].EnumerateArray().Select(call => call.GetProperty("id").GetString())];

    private async Task<HttpStatusCode> StatusOfAsync(string key)
    {
        using var client = ManageClient.With(_broker, key);
        return (await client.GetAsync("/api/v1/status")).Status;
    }
}
