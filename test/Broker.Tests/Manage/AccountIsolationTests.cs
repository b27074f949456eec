using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Manage;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Reference;
using Polydev.Broker.Tests.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Manage;

/// <summary>
/// Two accounts, and every endpoint that the broker has: Bob calls each with what is Ann's. Endpoints are taken from the broker's own list,
/// and one whose parameters no test knows fails: none can escape.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccountIsolationTests
{
    private SignInBroker _broker = null!;
    private OwnedThings _ann = null!;
    private string _bobId = null!;
    private Browser _bob = null!;
    private ManageClient _bobsToken = null!;
    private ManageClient _bobsPage = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _ann = await OwnedThings.OfAsync(_broker, "zebra");
        _bobId = await _broker.OpenAccountAsync("bob");
        _bob = await _broker.SignedInAsync(_bobId);
        _bobsToken = await ManageClient.WithTokenAsync(_broker, _bobId);
        _bobsPage = ManageClient.With(_broker, _bob);
    }

    [TearDown]
    public async Task TearDown()
    {
        _bobsToken.Dispose();
        _bobsPage.Dispose();
        await _ann.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public void EveryEndpoint_WhateverItsParameters_IsKnownHere()
    {
        var unknown = All().SelectMany(one =>
            ParametersOf(one).Where(name => !IsKnown(one, name)).Select(name => $"{one.RoutePattern.RawText} {{{name}}}"));

        Assert.That(unknown, Is.Empty, "say in OwnedThings.IdOf whose they are, or in OwnedThings.NotOwned why they are nobody's");
    }

    [TestCase("/things/{thing_id}", "thing_id")]
    [TestCase("/keys/{id}/notes/{note_id}", "note_id")]
    [TestCase("/things/{id}", "id")]
    public void AnEndpoint_OfAKindThatIsNew_IsNotKnown(string path, string name) =>
        Assert.That(IsKnown(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), 0, null, null), name), Is.False);

    [Test]
    public async Task EveryEndpoint_WithIdsOfAnother_IsNotFoundAndChangesNothing()
    {
        var endpoints = Guarded().Where(HasAnId).ToList();
        Assert.That(endpoints.Select(one => one.RoutePattern.RawText), Has.Some.EqualTo("/api/manage/v1/keys/{key_id}/rotate"));
        var before = await _ann.ReadRowsAsync();
        foreach (var endpoint in endpoints)
        {
            foreach (var (who, status, text) in await CallAsBobAsync(endpoint, _ann))
            {
                var call = $"{endpoint.RoutePattern.RawText} {who}: {text}";
                Assert.That(status, Is.EqualTo(HttpStatusCode.NotFound), call);
                Assert.That(_ann.MarksIn(text), Is.Empty, call);
            }
        }

        Assert.That(await _ann.ReadRowsAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task EveryEndpoint_WithIdsOfItsOwner_IsFound()
    {
        // What is not found with Bob's ids either would show nothing above. Looks come first: a change may revoke what they show.
        await using var his = await OwnedThings.OfAsync(_broker, "giraffe", _bobId);
        foreach (var endpoint in Guarded().Where(HasAnId).OrderBy(one => MethodOf(one) != HttpMethod.Get))
        {
            if (!IsOfManage(endpoint) && MethodOf(endpoint) != HttpMethod.Get)
            {
                continue;
            }

            foreach (var (who, status, text) in await CallAsBobAsync(endpoint, his))
            {
                Assert.That(status, Is.AnyOf(HttpStatusCode.OK, HttpStatusCode.Conflict), $"{endpoint.RoutePattern.RawText} {who}: {text}");
            }
        }
    }

    [Test]
    public async Task EveryEndpoint_WithIdsOfAnotherInQueryOrBody_TellsAndChangesNothing()
    {
        var endpoints = Guarded().Where(one => one.RoutePattern.Parameters.Count == 0 && !EndsTheCaller(one)).ToList();
        Assert.That(endpoints.Select(one => one.RoutePattern.RawText), Is.SupersetOf(new[] { "/api/manage/v1/calls", "/" }));
        var before = await _ann.ReadRowsAsync();
        foreach (var endpoint in endpoints)
        {
            foreach (var (who, status, text) in await CallAsBobAsync(endpoint, _ann))
            {
                var call = $"{endpoint.RoutePattern.RawText} {who}: {text}";
                Assert.That((int)status, Is.LessThan(500), call);
                Assert.That(_ann.IsNamedIn(text), Is.False, call);
            }
        }

        Assert.That(await _ann.ReadRowsAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task EveryList_OfAnAccount_HoldsNothingOfAnother()
    {
        var lists = Guarded().Where(one => one.RoutePattern.Parameters.Count == 0 && MethodOf(one) == HttpMethod.Get).ToList();
        Assert.That(lists.Select(one => one.RoutePattern.RawText), Is.SupersetOf(new[] { "/api/manage/v1/export", "/" }));
        foreach (var endpoint in lists)
        {
            // Sums have names only where they are asked for apart.
            var isBy = endpoint.Metadata.GetMetadata<ApiOperation>()?.Query.Any(field => field.Name == ManageFields.By) == true;
            var path = $"{endpoint.RoutePattern.RawText}{(isBy ? "?by=key" : string.Empty)}";
            var his = IsManage(path) ? (await _bobsToken.GetAsync(path)).Text : await TextOfAsync(_bob, path);
            var hers = IsManage(path) ? (await _ann.Client.GetAsync(path)).Text : await TextOfAsync(_ann.Browser, path);

            Assert.That(_ann.MarksIn(his), Is.Empty, path);
            if (IsManage(path))
            {
                Assert.That(_ann.MarksIn(hers), Is.Not.Empty, $"{path} shows her nothing, and so shows nothing here");
            }
        }
    }

    private List<RouteEndpoint> All() =>
        [.. _broker.Running.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    // What asks who is signed in. The calls of /api/v1 have keys, and a key reaches its own account's tunnels alone.
    private IEnumerable<RouteEndpoint> Guarded() =>
        All().Where(one => IsOfManage(one) || one.Metadata.GetMetadata<PageRules>() is { NeedsAccount: true });

    private static bool IsOfManage(RouteEndpoint endpoint) => IsManage(endpoint.RoutePattern.RawText!);

    private static bool IsManage(string path) => path.StartsWith(ManageEndpoints.Root, StringComparison.Ordinal);

    private static HttpMethod MethodOf(RouteEndpoint endpoint) =>
        HttpMethod.Parse(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);

    // Bob would have nothing left to go on with. None of them takes an id.
    private static bool EndsTheCaller(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<ApiOperation>() is { Id: "deleteAccount" or "endAllSessions" }
        || (endpoint.RoutePattern.RawText == "/sign-out" && MethodOf(endpoint) == HttpMethod.Post);

    private static bool HasAnId(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.Parameters.Any(parameter => !OwnedThings.NotOwned.Contains(parameter.Name));

    // Of the address; and of query and body, where the endpoint says what it takes.
    private static IEnumerable<string> ParametersOf(RouteEndpoint endpoint) =>
    [
        .. endpoint.RoutePattern.Parameters.Select(parameter => parameter.Name),
        .. endpoint.Metadata.GetOrderedMetadata<ApiOperation>().SelectMany(operation => operation.Query.Concat(operation.Body))
            .Select(field => field.Name).Where(OwnedThings.LooksLikeAnId),
    ];

    private static bool IsKnown(RouteEndpoint endpoint, string name) =>
        OwnedThings.NotOwned.Contains(name) || OwnedThings.KindOf(endpoint.RoutePattern.RawText!, name) is not null;

    private async Task<IReadOnlyList<(string Who, HttpStatusCode Status, string Text)>> CallAsBobAsync(
        RouteEndpoint endpoint, OwnedThings things)
    {
        var (path, method) = (things.Fill(endpoint.RoutePattern), MethodOf(endpoint));
        if (endpoint.Metadata.GetMetadata<ApiOperation>() is { } operation && IsOfManage(endpoint))
        {
            var (query, body) = (things.QueryOf(operation), things.BodyOf(operation));
            var byToken = await _bobsToken.SendAsync(method, path + query, body);
            var byPage = await _bobsPage.SendAsync(method, path + query, body);
            return [("by token", byToken.Status, byToken.Text), ("by cookie", byPage.Status, byPage.Text)];
        }

        if (method != HttpMethod.Post)
        {
            var isOfOne = endpoint.RoutePattern.Parameters.Count > 0;
            var seen = await _bob.GetAsync(isOfOne ? path : $"{path}?{things.FormQuery}");
            return [("by look", seen.Status, seen.Html)];
        }

        // A good form of Bob's own, but for the ids in it.
        var form = await _bob.GetAsync("/sign-out");
        var sent = await _bob.PostAsync(path, [.. form.HiddenFields, .. things.FormFields]);
        return [("by form", sent.Status, sent.Html)];
    }

    private static async Task<string> TextOfAsync(Browser browser, string path) => (await browser.GetAsync(path)).Html;
}
