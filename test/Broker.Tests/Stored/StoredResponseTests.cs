using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Stored;

/// <summary>
/// Callers of OpenAI's Responses go on from what they asked before: by <c>previous_response_id</c>, by items that are only named, and by
/// what the API has for a stored response.
/// </summary>
public sealed class StoredResponseTests
{
    private const string Model = "gpt-5.1-mini";

    private RunningBroker _broker = null!;
    private StoringTunnel _tunnel = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        _tunnel = await StoringTunnel.ConnectAsync(_broker);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task PreviousResponseId_OfAChain_BringsTheWholeConversation([Values] bool stream)
    {
        var first = await AskAsync(new { model = Model, input = "One?", instructions = "Only the first time." }, stream);
        var second = await AskAsync(new { model = Model, input = "Two?", previous_response_id = IdOf(first) }, stream);

        await AskAsync(new { model = Model, input = "Three?", previous_response_id = IdOf(second) }, stream);

        Assert.That(
            _tunnel.Calls[^1].Messages.Select(Show),
            Is.EqualTo((string[])["User: One?", "Assistant: Answer 1", "User: Two?", "Assistant: Answer 2", "User: Three?"]));
        Assert.That(_tunnel.Calls[^1].Instructions, Is.Empty);
        Assert.That((second["previous_response_id"]!.ToString(), (bool)second["store"]!), Is.EqualTo((IdOf(first), true)));
    }

    [Test]
    public async Task Store_False_LeavesNothing_ButMayGoOn()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var second = await AskAsync(new { model = Model, input = "Two?", previous_response_id = IdOf(first), store = false });

        Assert.That(_tunnel.Calls[^1].Messages, Has.Count.EqualTo(3));
        Assert.That((bool)second["store"]!, Is.False);
        Assert.That(_tunnel.Held, Is.EqualTo((string[])[IdOf(first)]));
        await AssertNotFoundAsync(IdOf(second));
    }

    [Test]
    public async Task Store_OnATunnelThatHoldsNothing_IsToldAsFalse()
    {
        await using var old = await StoringTunnel.ConnectAsync(_broker, stores: false, "tunnel-old", Providers.Claude);

        var answer = await AskAsync(new { model = "claude-opus-4-6", input = "One?", store = true });

        Assert.That((bool)answer["store"]!, Is.False);
        Assert.That(old.Held, Is.Empty);
        await AssertNotFoundAsync(IdOf(answer));
    }

    [Test]
    public async Task PreviousResponseId_OfAnotherKey_IsNotFound()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        var request = new CredentialRequest
        {
            Kind = CredentialKind.ApiKey,
            AccountId = (await _broker.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(CancellationToken.None)).Id,
            Name = "other",
        };
        var other = await _broker.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, CancellationToken.None);
        _broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", other.Secret.Reveal());

        await AssertNotFoundAsync(IdOf(first));
        using var got = await _broker.Http.GetAsync($"responses/{IdOf(first)}");
        Assert.That(got.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), (await JsonOf(got)).ToString());
        Assert.That((await _broker.Http.DeleteAsync($"responses/{IdOf(first)}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        await GetAsync($"responses/{IdOf(await AskAsync(new { model = Model, input = "Two?" }))}");
        Assert.That(_tunnel.Owners.Count(), Is.EqualTo(2));
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

        using var response = await _broker.PostAsync("responses", body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(_tunnel.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task PreviousResponseId_Empty_IsNone()
    {
        await AskAsync(new { model = Model, input = "One?", previous_response_id = "" });

        Assert.That(_tunnel.Calls[^1].Messages, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ItemReference_ToACallAndAQuestion_StandsForIt()
    {
        _tunnel.Says = item => item.Messages.Count > 1
            ? [WorkEvents.Text("Rain."), WorkEvents.Finished(StopReason.EndTurn)]
            :
            [
                WorkEvents.Text("Let me look."), WorkEvents.ToolCallStarted("call_1", "weather"),
                WorkEvents.ToolCallArguments("call_1", """{"city":"Rome"}"""), WorkEvents.ToolCallFinished("call_1"),
                WorkEvents.Finished(StopReason.ToolUse),
            ];
        object[] tools = [new { type = "function", name = "weather", parameters = new { type = "object" } }];
        var first = await AskAsync(new { model = Model, input = "How is it?", tools });
        var asked = (await GetAsync($"responses/{IdOf(first)}/input_items"))["data"]![0]!["id"]!.ToString();
        object[] input =
        [
            Reference(asked), .. first["output"]!.AsArray().Select(item => Reference(item!["id"]!.ToString())),
            new { type = "function_call_output", call_id = "call_1", output = "rain" },
        ];

        var second = await AskAsync(new { model = Model, input, tools });

        Assert.That(
            _tunnel.Calls[^1].Messages.Select(Show),
            Is.EqualTo((string[])["User: How is it?", """Assistant: Let me look. weather{"city":"Rome"}""", "User: call_1=rain"]));
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
        Assert.That(_tunnel.Calls, Is.Empty);
    }

    [Test]
    public async Task PreviousResponseId_WhoseChainStandsOnTwoMachines_IsWhole()
    {
        var first = await AskAsync(new { model = Model, input = "One?" });
        await using var second = await StoringTunnel.ConnectAsync(_broker, tunnelId: "tunnel-2", provider: Providers.Claude);
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
        await _broker.Http.DeleteAsync($"responses/{IdOf(first)}");

        await AssertNotFoundAsync(IdOf(second));
    }

    [Test]
    public async Task Get_GivesTheResponseAsItWasAnswered([Values] bool stream)
    {
        var answered = await AskAsync(new { model = Model, input = "One?", metadata = new { a = "b" } }, stream);

        var got = await GetAsync($"responses/{IdOf(answered)}");

        Assert.That(JsonNode.DeepEquals(got, answered), Is.True, $"{got}\n{answered}");
    }

    [Test]
    public async Task InputItems_InPages_AreAllThere()
    {
        object[] input =
        [
            new { role = "user", content = "One?" }, new { role = "assistant", content = "First." },
            new { role = "user", content = (object[])[new { type = "input_text", text = "Two?" }] },
        ];
        var id = IdOf(await AskAsync(new { model = Model, input }));

        var first = await GetAsync($"responses/{id}/input_items?order=asc&limit=2");
        var second = await GetAsync($"responses/{id}/input_items?order=asc&limit=2&after={first["last_id"]}");
        var newest = await GetAsync($"responses/{id}/input_items");

        Assert.That(first["data"]!.AsArray().Concat(second["data"]!.AsArray()).Select(ContentOf), Is.EqualTo((string[])
            ["user input_text One?", "assistant output_text First.", "user input_text Two?"]));
        Assert.That(((bool)first["has_more"]!, (bool)second["has_more"]!), Is.EqualTo((true, false)));
        Assert.That(ContentOf(newest["data"]![0]), Is.EqualTo("user input_text Two?"));

        static string ContentOf(JsonNode? item) =>
            $"{item!["role"]} {item["content"]![0]!["type"]} {item["content"]![0]!["text"]}";
    }

    [TestCase("limit=0")]
    [TestCase("limit=101")]
    [TestCase("limit=x")]
    [TestCase("order=up")]
    [TestCase("after=msg_1")]
    public async Task InputItems_AskedBadly_Is400(string query)
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var response = await _broker.Http.GetAsync($"responses/{id}/input_items?{query}");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await JsonOf(response))["error"]!["param"]!.ToString(), Is.EqualTo(query.Split('=')[0]));
    }

    [Test]
    public async Task Delete_Forgets()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var deleted = await _broker.Http.DeleteAsync($"responses/{id}");

        Assert.That((await JsonOf(deleted)).ToJsonString(), Is.EqualTo($$"""{"id":"{{id}}","object":"response","deleted":true}"""));
        Assert.That(_tunnel.Held, Is.Empty);
        await AssertNotFoundAsync(id);
    }

    [Test]
    public async Task AnyAddressOfAResponse_ThatIsNotThere_Is404()
    {
        var messages = new List<HttpRequestMessage>
        {
            new(HttpMethod.Get, "responses/resp_1"), new(HttpMethod.Delete, "responses/resp_1"),
            new(HttpMethod.Get, "responses/resp_1/input_items"), new(HttpMethod.Post, "responses/resp_1/cancel"),
        };
        foreach (var message in messages)
        {
            using var response = await _broker.Http.SendAsync(message);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), message.ToString());
            Assert.That((await JsonOf(response))["error"]!["message"]!.ToString(), Does.StartWith("Response with id 'resp_1' not found."));
        }
    }

    [Test]
    public async Task Cancel_OfWhatHasEnded_Is400()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var response = await _broker.PostAsync($"responses/{id}/cancel", "");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await JsonOf(response))["error"]!["message"]!.ToString(), Does.Contain("synchronous"));
    }

    [TestCase("no JSON at all")]
    [TestCase("[1]")]
    [TestCase("""{"input":3,"response":[]}""")]
    [TestCase("""{"input":[3],"response":{"output":[{"type":"message"}]}}""")]
    public async Task AnyUse_OfWhatATunnelHasSpoilt_IsNo500(string data)
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));
        _tunnel.Spoil(data);

        var statuses = new List<HttpStatusCode>();
        foreach (var address in (string[])[$"responses/{id}", $"responses/{id}/input_items"])
        {
            using var response = await _broker.Http.GetAsync(address);
            statuses.Add(response.StatusCode);
        }

        using var next = await PostAsync(new { model = Model, input = "Two?", previous_response_id = id });
        Assert.That(statuses.Append(next.StatusCode), Is.All.Not.EqualTo(HttpStatusCode.InternalServerError));
    }

    [Test]
    public async Task Failed_IsNotStored()
    {
        _tunnel.Says = _ => [WorkEvents.Text("Half"), WorkEvents.Failed(FailureKind.Upstream, "It broke off.")];

        using var response = await PostAsync(new { model = Model, input = "One?", stream = true });
        var id = (await response.Content.ReadAsStringAsync()).Split("\"id\":\"")[1][..37];

        await AssertNotFoundAsync(id);
        Assert.That(_tunnel.Held, Is.Empty);
    }

    [Test]
    public async Task CountTokens_OfWhatGoesOn_CountsAll()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One, and two, and three?" }));

        using var alone = await _broker.PostAsync("responses/input_tokens", $$"""{"model":"{{Model}}","input":"Four?"}""");
        using var all = await _broker.PostAsync(
            "responses/input_tokens", $$"""{"model":"{{Model}}","input":"Four?","previous_response_id":"{{id}}"}""");

        Assert.That((int)(await JsonOf(all))["input_tokens"]!, Is.GreaterThan((int)(await JsonOf(alone))["input_tokens"]! + 5));
    }

    [Test]
    public async Task Compact_OfWhatGoesOn_SumsUpAll()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var compacted = await _broker.PostAsync(
            "responses/compact", $$"""{"model":"{{Model}}","input":"Two?","previous_response_id":"{{id}}"}""");

        Assert.That(compacted.StatusCode, Is.EqualTo(HttpStatusCode.OK), await compacted.Content.ReadAsStringAsync());
        Assert.That(_tunnel.Calls[^1].Messages.Take(2).Select(Show), Is.EqualTo((string[])["User: One?", "Assistant: Answer 1"]));
        Assert.That(Show(_tunnel.Calls[^1].Messages[^1]), Does.StartWith("User: Two?"));
        var kept = (await JsonOf(compacted))["output"]!.AsArray().SkipLast(1).Select(item => item!["content"]![0]!["text"]!.ToString());
        Assert.That(kept, Is.EqualTo((string[])["One?", "Two?"]));
    }

    private static object Reference(string id) => new { type = "item_reference", id };

    private static string IdOf(JsonNode response) => response["id"]!.ToString();

    private static string Show(Message message) => $"{message.Role}: " + string.Join(' ', message.Parts.Select(part => part.KindCase switch
    {
        Part.KindOneofCase.Text => part.Text.Text,
        Part.KindOneofCase.ToolCall => part.ToolCall.Name + part.ToolCall.ArgumentsJson,
        Part.KindOneofCase.ToolResult => $"{part.ToolResult.ToolCallId}={part.ToolResult.Content[0].Text.Text}",
        _ => part.KindCase.ToString(),
    }));

    private static async Task<JsonNode> JsonOf(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    private Task<HttpResponseMessage> PostAsync(object body) => _broker.PostAsync("responses", JsonSerializer.Serialize(body));

    private async Task<JsonNode> GetAsync(string address) => JsonNode.Parse(await _broker.Http.GetStringAsync(address))!;

    /// <returns>The response, at its end where it is streamed.</returns>
    private async Task<JsonNode> AskAsync(object body, bool stream = false)
    {
        var json = JsonSerializer.SerializeToNode(body)!;
        json["stream"] = stream;
        using var response = await _broker.PostAsync("responses", json.ToJsonString());
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return stream
            ? JsonNode.Parse(text.Split("event: response.completed\ndata: ")[1])!["response"]!
            : JsonNode.Parse(text)!;
    }

    private async Task AssertNotFoundAsync(string id)
    {
        var before = _tunnel.Calls.Count;
        using var response = await PostAsync(new { model = Model, input = "And?", previous_response_id = id });
        var error = (await JsonOf(response))["error"]!;
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(error["code"]!.ToString(), Is.EqualTo("previous_response_not_found"));
            Assert.That(error["param"]!.ToString(), Is.EqualTo("previous_response_id"));
            Assert.That(error["message"]!.ToString(), Does.StartWith($"Previous response with id '{id}' not found."));
            Assert.That(_tunnel.Calls, Has.Count.EqualTo(before));
        });
    }
}
