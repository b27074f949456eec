using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Manage;
using Polydev.Broker.Reference;
using Polydev.Broker.Tests.SignIn;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Tests.Manage;

/// <summary>Who may ask the management API, and in what shape he is refused.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ManageGateTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task EveryOperation_WithoutASessionOrToken_KnowsNobody()
    {
        using var nobody = new ManageClient(_broker.Running.Addresses.Http);
        var operations = Operations().ToArray();
        Assert.That(operations, Has.Length.GreaterThan(20));
        foreach (var (method, path) in operations)
        {
            var answer = await nobody.SendAsync(
                method, path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal));

            Assert.That((answer.Status, answer.Type), Is.EqualTo((HttpStatusCode.Unauthorized, "unauthenticated")), path);
        }
    }

    [Test]
    public async Task Secrets_OfEachKind_AreGoodForTheirOwnAlone()
    {
        using var token = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);
        using var key = ManageClient.With(_broker, _broker.Running.Key);
        using var tunnel = ManageClient.With(_broker, _broker.Running.Token);
        using var session = ManageClient.With(_broker, await _broker.SignedInAsync());

        Assert.That((await token.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await key.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await tunnel.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await session.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        foreach (var path in (string[])["/api/v1/models", "/api/v1/status"])
        {
            Assert.That((await key.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await token.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await session.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }

    [Test]
    public async Task Change_WithACookieButNotFromOurPages_IsRefused()
    {
        var browser = await _broker.SignedInAsync();
        using var form = ManageClient.With(_broker, browser, isOurs: false);
        using var foreign = ManageClient.With(_broker, browser);
        foreign.Headers.Add("Sec-Fetch-Site", "same-site");
        using var ours = ManageClient.With(_broker, browser);
        ours.Headers.Add("Sec-Fetch-Site", "same-origin");

        foreach (var client in (ManageClient[])[form, foreign])
        {
            foreach (var (method, path) in Operations().Where(one => one.Method != HttpMethod.Get))
            {
                var answer = await client.SendAsync(method, path, """{"name":"x"}""");

                Assert.That((answer.Status, answer.Type), Is.EqualTo((HttpStatusCode.Forbidden, "forbidden")), path);
            }
        }

        Assert.That((await form.GetAsync("/tokens"))["tokens"].GetArrayLength(), Is.Zero);
        Assert.That((await ours.PostAsync("/tokens", """{"name":"x"}""")).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task AWrongToken_BesideAGoodCookie_IsWhatCounts()
    {
        using var client = ManageClient.With(_broker, await _broker.SignedInAsync());
        client.Headers.Authorization = new("Bearer", "pa_none");

        Assert.That((await client.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task WrongTokens_Many_AreThrottledAndARightOneIsNot()
    {
        using var good = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);
        using var wrong = ManageClient.With(_broker, SecretToken.Create(TokenPrefixes.Account).Reveal());
        for (var tries = 0; tries < 30; tries++)
        {
            Assert.That((await wrong.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        var refused = await wrong.GetAsync("/account");
        Assert.That((refused.Status, refused.Type), Is.EqualTo((HttpStatusCode.TooManyRequests, "rate_limited")));
        Assert.That(refused.Headers["Retry-After"], Is.EqualTo("60"));
        Assert.That((await good.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK));
        _broker.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await wrong.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task ARevokedToken_IsGoodForNothing()
    {
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);
        var id = (await client.GetAsync("/tokens"))["tokens"][0].GetProperty("id").GetString();

        var answer = await client.PostAsync($"/tokens/{id}/revoke");

        Assert.That(
            (answer.Status, answer["revoked_at"].ValueKind),
            Is.EqualTo((HttpStatusCode.OK, System.Text.Json.JsonValueKind.String)));
        Assert.That((await client.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task AnotherOrigin_IsNeverLetIn()
    {
        // A broker on loopback lets any page call the API; the management API none.
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);
        client.Headers.Add("Origin", "https://elsewhere.example");
        client.Headers.Add("Access-Control-Request-Method", "POST");

        foreach (var method in (HttpMethod[])[HttpMethod.Options, HttpMethod.Get])
        {
            var answer = await client.SendAsync(method, "/account");

            Assert.That(answer.Headers.Keys, Has.None.StartsWith("Access-Control"));
            Assert.That(answer.Headers["Cross-Origin-Resource-Policy"], Is.EqualTo("same-origin"));
            Assert.That(answer.Headers["Cache-Control"], Is.EqualTo("no-store"));
        }

        Assert.That((await client.SendAsync(HttpMethod.Options, "/account")).Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That((await client.SendAsync(HttpMethod.Options, "/api/v1/models")).Headers.Keys, Has.Some.StartsWith("Access-Control"));
    }

    [Test]
    public async Task Paths_ThatAreNone_AreToldInTheSameShape()
    {
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);

        var unknown = await client.GetAsync("/nothing");
        var wrongMethod = await client.SendAsync(HttpMethod.Put, "/account", "{}");

        Assert.That((unknown.Status, unknown.Type), Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
        Assert.That((wrongMethod.Status, wrongMethod.Type), Is.EqualTo((HttpStatusCode.MethodNotAllowed, "method_not_allowed")));
        Assert.That((await client.GetAsync("/api/manage")).Type, Is.EqualTo("not_found"));
    }

    [TestCase("{\"name\":\"x\",\"per_second\":1}", "per_second")]
    [TestCase("{}", "name")]
    [TestCase("{\"name\":null}", "name")]
    [TestCase("{\"name\":7}", "name")]
    [TestCase("{\"name\":\"\"}", "name")]
    [TestCase("{\"name\":\"x\",\"per_hour\":\"7\"}", "per_hour")]
    [TestCase("{\"name\":\"x\",\"per_hour\":1.5}", "per_hour")]
    [TestCase("{\"name\":\"x\",\"per_hour\":0,\"per_day\":3000000000}", "per_day")]
    [TestCase("{\"name\":[\"x\"]}", "name")]
    public async Task ABody_WithAFieldThatCannotBe_NamesIt(string json, string field)
    {
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);

        var answer = await client.PostAsync("/keys", json);

        Assert.That((answer.Status, answer.Type), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "invalid_fields")), answer.Text);
        Assert.That(answer.Fields, Is.EqualTo(new[] { field }));
    }

    [TestCase("{\"name\":", "invalid_request", 400)]
    [TestCase("[]", "invalid_request", 400)]
    [TestCase("", "invalid_request", 400)]
    [TestCase("{\"name\":\"x\",\"name\":\"y\"}", "invalid_request", 400)]
    [TestCase("{\"name\":[[[[[[[[[1]]]]]]]]]}", "invalid_request", 400)]
    public async Task ABody_ThatIsNoObject_IsRefused(string json, string type, int status)
    {
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);

        var answer = await client.PostAsync("/keys", json);

        Assert.That(((int)answer.Status, answer.Type), Is.EqualTo((status, type)), answer.Text);
        Assert.That(answer.Text, Does.Not.Contain("Polydev.").And.Not.Contain("System."));
    }

    [Test]
    public async Task ABody_TooLargeOrOfAnotherType_IsRefused()
    {
        using var client = await ManageClient.WithTokenAsync(_broker, Account.OwnerId);

        var large = await client.PostAsync("/keys", $$"""{"name":"{{new string('x', ManageBody.MostBytes)}}"}""");
        var form = await client.SendAsync(HttpMethod.Post, "/keys", "name=x", "application/x-www-form-urlencoded");

        Assert.That((large.Status, large.Type), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "too_large")));
        Assert.That((form.Status, form.Type), Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")));
    }

    private IEnumerable<(HttpMethod Method, string Path)> Operations() =>
        _broker.Running.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(one => one.RoutePattern.RawText!.StartsWith(ManageEndpoints.Root, StringComparison.Ordinal))
            .Select(one =>
            {
                Assert.That(one.Metadata.GetMetadata<ApiOperation>(), Is.Not.Null, $"{one} is in no reference");
                return (HttpMethod.Parse(one.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]), one.RoutePattern.RawText!);
            });
}
