using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Stored;

/// <summary>
/// Callers of OpenAI's Responses go on from what they asked before: by <c>previous_response_id</c>, and by items that are only named.
/// </summary>
public sealed class StoredResponseTests : StoredFixture
{
    [Test]
    public async Task PreviousResponseId_OfAChain_BringsTheWholeConversation([Values] bool stream)
    {
        var first = await AskAsync(new { model = Model, input = "One?", instructions = "Only the first time." }, stream);
        var second = await AskAsync(new { model = Model, input = "Two?", previous_response_id = IdOf(first) }, stream);

        await AskAsync(new { model = Model, input = "Three?", previous_response_id = IdOf(second) }, stream);

        Assert.That(
            Tunnel.Calls[^1].Messages.Select(Show),
            Is.EqualTo((string[])["User: One?", "Assistant: Answer 1", "User: Two?", "Assistant: Answer 2", "User: Three?"]));
        Assert.That(Tunnel.Calls[^1].Instructions, Is.Empty);
        Assert.That((second["previous_response_id"]!.ToString(), (bool)second["store"]!), Is.EqualTo((IdOf(first), true)));
    }

    [Test]
    public async Task Store_False_LeavesNothing_ButMayGoOn()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var second = await AskAsync(new { model = Model, input = "Two?", previous_response_id = IdOf(first), store = false });

        Assert.That(Tunnel.Calls[^1].Messages, Has.Count.EqualTo(3));
        Assert.That((bool)second["store"]!, Is.False);
        Assert.That(Tunnel.Held, Is.EqualTo((string[])[IdOf(first)]));
        await AssertNotFoundAsync(IdOf(second));
    }

    [Test]
    public async Task Store_OnATunnelThatHoldsNothing_IsToldAsFalse()
    {
        await using var old = await StoringTunnel.ConnectAsync(Broker, stores: false, "tunnel-old", Providers.Claude);

        var answer = await AskAsync(new { model = "claude-opus-4-6", input = "One?", store = true });

        Assert.That((bool)answer["store"]!, Is.False);
        Assert.That(old.Held, Is.Empty);
        await AssertNotFoundAsync(IdOf(answer));
    }

    [Test]
    public async Task PreviousResponseId_OfAnotherKey_IsNotFound()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var owner = await Broker.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(CancellationToken.None);
        Broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", await IssueAsync(CredentialKind.ApiKey, owner.Id));

        await AssertNotFoundAsync(IdOf(first));
        using var got = await Broker.Http.GetAsync($"responses/{IdOf(first)}");
        Assert.That(got.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), (await JsonOf(got)).ToString());
        Assert.That((await Broker.Http.DeleteAsync($"responses/{IdOf(first)}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await GetAsync($"responses/{IdOf(await AskAsync(new { model = Model, input = "Two?" }))}");
        Assert.That(Tunnel.Owners.Count(), Is.EqualTo(2));
    }

    [Test]
    public async Task PreviousResponseId_OfAnotherAccount_IsNotFound()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var accounts = Broker.Services.GetRequiredService<AccountDirectory>();
        var other = (await accounts.OpenAsync("other", AccountTier.Free, CancellationToken.None))!.Id;
        await using var theirs = await FakeTunnel.ConnectAsync(
            Broker.Addresses.Grpc.ToString(), await IssueAsync(CredentialKind.TunnelToken, other), StoringTunnel.Hello());
        theirs.Answer = item => Frames.Answer(item.WorkId);
        Broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", await IssueAsync(CredentialKind.ApiKey, other));

        await AssertNotFoundAsync(IdOf(first));
        foreach (var (method, behind) in ((HttpMethod, string)[])
            [(HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Get, "/input_items"), (HttpMethod.Post, "/cancel")])
        {
            using var response = await Broker.Http.SendAsync(new HttpRequestMessage(method, $"responses/{IdOf(first)}{behind}"));
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), $"{method} {behind}");
        }

        Assert.That(Tunnel.Held, Does.Contain(IdOf(first)));
    }

    [TestCase("resp_0123456789abcdef0123456789abcdef")]
    [TestCase("no id at all\n")]
    [TestCase("\"; DROP")]
    public async Task PreviousResponseId_Unknown_IsOpenAisError_AndCostsNoCall(string id) => await AssertNotFoundAsync(id);

    [Test]
    public async Task PreviousResponseId_InAnEscapedName_IsNotPassedOver()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var body = $$"""{"model":"{{Model}}","input":"Two?","previous\u005fresponse_id":"{{IdOf(first)}}"}""";

        using var response = await Broker.PostAsync("responses", body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Tunnel.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task PreviousResponseId_Empty_IsNone()
    {
        await AskAsync(new { model = Model, input = "One?", previous_response_id = "" });

        Assert.That(Tunnel.Calls[^1].Messages, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task PreviousResponseId_OfACall_TakesItsResult([Values] bool stream)
    {
        Tunnel.Says = Weather;
        var first = await AskAsync(new { model = Model, input = "How is it?", tools = Tools }, stream);
        object[] input = [new { type = "function_call_output", call_id = "call_1", output = "rain" }];

        await AskAsync(new { model = Model, input, tools = Tools, previous_response_id = IdOf(first) }, stream);

        Assert.That(Tunnel.Calls[^1].Messages.Select(Show), Is.EqualTo(WeatherLoop));
    }

    [Test]
    public async Task ItemReference_ToACallAndAQuestion_StandsForIt()
    {
        Tunnel.Says = Weather;
        var first = await AskAsync(new { model = Model, input = "How is it?", tools = Tools });
        var asked = (await GetAsync($"responses/{IdOf(first)}/input_items"))["data"]![0]!["id"]!.ToString();
        object[] input =
        [
            Reference(asked), .. first["output"]!.AsArray().Select(item => Reference(item!["id"]!.ToString())),
            new { type = "function_call_output", call_id = "call_1", output = "rain" },
        ];

        var second = await AskAsync(new { model = Model, input, tools = Tools });

        Assert.That(Tunnel.Calls[^1].Messages.Select(Show), Is.EqualTo(WeatherLoop));
        var listed = (await GetAsync($"responses/{IdOf(second)}/input_items?order=asc"))["data"]!.AsArray();
        Assert.That(
            listed.Select(item => item!["type"]!.ToString()),
            Is.EqualTo((string[])["message", "message", "function_call", "function_call_output"]));
        Assert.That(listed[0]!["id"]!.ToString(), Is.EqualTo(asked));
    }

    [TestCase("msg_0123456789abcdef0123456789abcdef0000")]
    [TestCase("msg_1")]
    [TestCase("")]
    public async Task ItemReference_Unknown_Is404_AndNamesIt(string id)
    {
        using var response = await PostAsync(new { model = Model, input = (object[])[Reference(id)] });
        var error = (await JsonOf(response))["error"]!;

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(error["message"]!.ToString(), Does.StartWith($"Item with id '{id}' not found."));
        Assert.That(error["param"]!.ToString(), Is.EqualTo("input[0]"));
        Assert.That(Tunnel.Calls, Is.Empty);
    }

    [Test]
    public async Task PreviousResponseId_WhoseChainStandsOnTwoMachines_IsWhole()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        await using var second = await StoringTunnel.ConnectAsync(Broker, tunnelId: "tunnel-2", provider: Providers.Claude);
        var next = await AskAsync(new { model = "claude-opus-4-6", input = "Two?", previous_response_id = IdOf(first) });

        await AskAsync(new { model = "claude-opus-4-6", input = "Three?", previous_response_id = IdOf(next) });

        Assert.That(second.Calls[^1].Messages.Select(Show), Is.EqualTo(
            (string[])["User: One?", "Assistant: Answer 1", "User: Two?", "Assistant: Answer 1", "User: Three?"]));
        Assert.That(second.Held, Does.Not.Contain(IdOf(first)));
    }

    [Test]
    public async Task PreviousResponseId_WhoseChainHasLostALink_IsNotFound()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var second = await AskAsync(new { model = Model, input = "Two?", previous_response_id = IdOf(first) });
        await Broker.Http.DeleteAsync($"responses/{IdOf(first)}");

        await AssertNotFoundAsync(IdOf(second));
    }

    [Test]
    public async Task Failed_IsNotStored()
    {
        Tunnel.Says = _ => [WorkEvents.Text("Half"), WorkEvents.Failed(FailureKind.Upstream, "It broke off.")];

        using var response = await PostAsync(new { model = Model, input = "One?", stream = true });
        var id = (await response.Content.ReadAsStringAsync()).Split("\"id\":\"")[1][..37];

        await AssertNotFoundAsync(id);
        Assert.That(Tunnel.Held, Is.Empty);
    }

    [Test]
    public async Task CountTokens_OfWhatGoesOn_CountsAll()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One, and two, and three?" }));

        using var alone = await Broker.PostAsync("responses/input_tokens", $$"""{"model":"{{Model}}","input":"Four?"}""");
        using var all = await Broker.PostAsync(
            "responses/input_tokens", $$"""{"model":"{{Model}}","input":"Four?","previous_response_id":"{{id}}"}""");

        Assert.That((int)(await JsonOf(all))["input_tokens"]!, Is.GreaterThan((int)(await JsonOf(alone))["input_tokens"]! + 5));
    }

    [Test]
    public async Task Compact_OfWhatGoesOn_SumsUpAll()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var compacted = await Broker.PostAsync(
            "responses/compact", $$"""{"model":"{{Model}}","input":"Two?","previous_response_id":"{{id}}"}""");

        Assert.That(compacted.StatusCode, Is.EqualTo(HttpStatusCode.OK), await compacted.Content.ReadAsStringAsync());
        Assert.That(Tunnel.Calls[^1].Messages.Take(2).Select(Show), Is.EqualTo((string[])["User: One?", "Assistant: Answer 1"]));
        Assert.That(Show(Tunnel.Calls[^1].Messages[^1]), Does.StartWith("User: Two?"));
        var kept = (await JsonOf(compacted))["output"]!.AsArray().SkipLast(1).Select(item => item!["content"]![0]!["text"]!.ToString());
        Assert.That(kept, Is.EqualTo((string[])["One?", "Two?"]));
    }

    private async Task<string> IssueAsync(CredentialKind kind, string accountId)
    {
        var request = new CredentialRequest { Kind = kind, AccountId = accountId, Name = "other" };
        return (await Broker.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, CancellationToken.None)).Secret.Reveal();
    }
}
