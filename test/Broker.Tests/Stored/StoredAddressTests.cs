using System.Net;
using System.Text.Json.Nodes;

namespace Polydev.Broker.Tests.Stored;

/// <summary>What the API has for a response that was stored.</summary>
public sealed class StoredAddressTests : StoredFixture
{
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

        using var response = await Broker.Http.GetAsync($"responses/{id}/input_items?{query}");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await JsonOf(response))["error"]!["param"]!.ToString(), Is.EqualTo(query.Split('=')[0]));
    }

    [Test]
    public async Task Delete_Forgets()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var deleted = await Broker.Http.DeleteAsync($"responses/{id}");

        Assert.That((await JsonOf(deleted)).ToJsonString(), Is.EqualTo($$"""{"id":"{{id}}","object":"response","deleted":true}"""));
        Assert.That(Tunnel.Held, Is.Empty);
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
            using var response = await Broker.Http.SendAsync(message);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), message.ToString());
            Assert.That((await JsonOf(response))["error"]!["message"]!.ToString(), Does.StartWith("Response with id 'resp_1' not found."));
        }
    }

    [Test]
    public async Task Cancel_OfWhatHasEnded_Is400()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var response = await Broker.PostAsync($"responses/{id}/cancel", "");

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
        Tunnel.Spoil(data);

        var statuses = new List<HttpStatusCode>();
        foreach (var address in (string[])[$"responses/{id}", $"responses/{id}/input_items"])
        {
            using var response = await Broker.Http.GetAsync(address);
            statuses.Add(response.StatusCode);
        }

        using var next = await PostAsync(new { model = Model, input = "Two?", previous_response_id = id });
        Assert.That(statuses.Append(next.StatusCode), Is.All.Not.EqualTo(HttpStatusCode.InternalServerError));
    }
}
