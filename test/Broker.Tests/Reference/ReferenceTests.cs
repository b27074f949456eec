using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Reference;
using Polydev.Broker.Tests.SignIn;

namespace Polydev.Broker.Tests.Reference;

/// <summary>The OpenAPI document, held against what the broker has; and the page that shows it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class ReferenceTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Document_OfTheApi_HasEachEndpointAndNoOther()
    {
        var document = await ReadAsync();
        var told = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        var there = _broker.Running.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(one => one.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(Addresses);

        Assert.That(told, Is.EquivalentTo(there));
        Assert.That(told, Has.Some.EqualTo("PATCH /api/manage/v1/keys/{key_id}")
            .And.Some.EqualTo("POST /api/v1/models/{model}:generateContent").And.Some.EqualTo("GET /api/v1/v1beta/models/{model}"));
    }

    [Test]
    public async Task Document_EachOperation_IsWhole()
    {
        var document = await ReadAsync();
        var ids = new List<string>();
        foreach (var operation in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
        {
            ids.Add(operation.Value.GetProperty("operationId").GetString()!);
            Assert.That(operation.Value.GetProperty("summary").GetString(), Is.Not.Empty, ids[^1]);
            Assert.That(operation.Value.GetProperty("security").GetArrayLength(), Is.EqualTo(1), ids[^1]);
            Assert.That(operation.Value.GetProperty("responses").TryGetProperty("401", out _), ids[^1]);
        }

        Assert.That(ids, Is.Unique);
        var schemas = document.GetProperty("components").GetProperty("schemas");
        var referred = Referred().Matches(document.GetRawText()).Select(match => match.Groups[1].Value).Distinct();
        Assert.That(schemas.EnumerateObject().Select(one => one.Name), Is.SupersetOf(referred));
        var key = schemas.GetProperty("Key").GetProperty("properties");
        Assert.That(key.GetProperty("per_hour").GetProperty("type").EnumerateArray().Select(one => one.GetString()),
            Is.EquivalentTo(new[] { "null", "integer" }));
        Assert.That(key.TryGetProperty("old_secret_ends_at", out _), "in the API's own spelling");
    }

    [Test]
    public async Task Page_ForABrowser_LoadsNothingFromElsewhere()
    {
        var browser = _broker.OpenBrowser();
        var moved = await browser.GetAsync(ReferenceEndpoints.Page);
        Assert.That(moved.Location, Is.EqualTo("reference/"));

        var page = await browser.GetAsync($"{ReferenceEndpoints.Page}/");
        var again = await browser.GetAsync($"{ReferenceEndpoints.Page}/");

        var policy = page.Headers["Content-Security-Policy"];
        var scripts = policy.Split("; ").Single(one => one.StartsWith("script-src ", StringComparison.Ordinal));
        Assert.That(scripts, Does.Match("^script-src 'self' 'nonce-[A-Za-z0-9_-]{20,}'$"));
        Assert.That(policy, Does.StartWith("default-src 'none'").And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe-eval"));
        Assert.That(again.Headers["Content-Security-Policy"], Is.Not.EqualTo(policy), "a nonce is for one answer");
        var nonce = scripts[(scripts.IndexOf("nonce-", StringComparison.Ordinal) + "nonce-".Length)..^1];
        Assert.That(Script().Matches(page.Html).Select(match => match.Value), Has.All.Contain($"nonce=\"{nonce}\"").And.Exactly(3).Items);
        Assert.That(page.Html, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Match(" on[a-z]+="));
        foreach (var source in Source().Matches(page.Html).Select(match => match.Groups[1].Value))
        {
            var script = await browser.GetAsync($"{ReferenceEndpoints.Page}/{source}");
            Assert.That((script.Status, script.Html.Length > 1000), Is.EqualTo((HttpStatusCode.OK, true)), source);
            Assert.That(script.Headers["X-Content-Type-Options"], Is.EqualTo("nosniff"));
        }
    }

    private async Task<JsonElement> ReadAsync()
    {
        var page = await _broker.OpenBrowser().GetAsync(ReferenceEndpoints.Document);
        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
        return JsonDocument.Parse(page.Html).RootElement;
    }

    // Google's two are one endpoint, which parts them by the address's end.
    private static IEnumerable<string> Addresses(RouteEndpoint endpoint)
    {
        var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
        var path = endpoint.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal)
            .Replace("{modelAndAction:regex(:countTokens$)}", "{model}:countTokens", StringComparison.Ordinal);
        return path.EndsWith("/{modelAndAction}", StringComparison.Ordinal)
            ? new[] { ":generateContent", ":streamGenerateContent" }
                .Select(action => $"{method} {path.Replace("{modelAndAction}", $"{{model}}{action}", StringComparison.Ordinal)}")
            : [$"{method} {path}"];
    }

    [GeneratedRegex("\"#/components/schemas/([^\"]+)\"")]
    private static partial Regex Referred();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Source();
}
