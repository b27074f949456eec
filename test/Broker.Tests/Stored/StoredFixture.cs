using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Stored;

/// <summary>A broker and a tunnel that holds responses.</summary>
public abstract class StoredFixture
{
    protected const string Model = "gpt-5.1-mini";

    protected static readonly object[] Tools = [new { type = "function", name = "weather", parameters = new { type = "object" } }];
    protected static readonly string[] WeatherLoop =
        ["User: How is it?", """Assistant: Let me look. weather{"city":"Rome"}""", "User: call_1=rain"];

    private protected RunningBroker Broker { get; private set; } = null!;

    private protected StoringTunnel Tunnel { get; private set; } = null!;

    [SetUp]
    public async Task SetUp()
    {
        Broker = await RunningBroker.StartAsync();
        Tunnel = await StoringTunnel.ConnectAsync(Broker);
    }

    [TearDown]
    public async Task TearDown()
    {
        await Tunnel.DisposeAsync();
        await Broker.DisposeAsync();
    }

    // A call, and once its result is there an answer.
    protected static WorkEvent[] Weather(WorkItem item) => item.Messages.Count > 1
        ? [WorkEvents.Text("Rain."), WorkEvents.Finished(StopReason.EndTurn)]
        :
        [
            WorkEvents.Text("Let me look."), WorkEvents.ToolCallStarted("call_1", "weather"),
            WorkEvents.ToolCallArguments("call_1", """{"city":"Rome"}"""), WorkEvents.ToolCallFinished("call_1"),
            WorkEvents.Finished(StopReason.ToolUse),
        ];

    protected static object Reference(string id) => new { type = "item_reference", id };

    protected static string IdOf(JsonNode response) => response["id"]!.ToString();

    protected static string Show(Message message) =>
        $"{message.Role}: " + string.Join(' ', message.Parts.Select(Show));

    private static string Show(Part part) => part.KindCase switch
    {
        Part.KindOneofCase.Text => part.Text.Text,
        Part.KindOneofCase.ToolCall => part.ToolCall.Name + part.ToolCall.ArgumentsJson,
        Part.KindOneofCase.ToolResult => $"{part.ToolResult.ToolCallId}={part.ToolResult.Content[0].Text.Text}",
        _ => part.KindCase.ToString(),
    };

    protected static async Task<JsonNode> JsonOf(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    protected Task<HttpResponseMessage> PostAsync(object body) => Broker.PostAsync("responses", JsonSerializer.Serialize(body));

    protected async Task<JsonNode> GetAsync(string address) => JsonNode.Parse(await Broker.Http.GetStringAsync(address))!;

    /// <returns>The response, at its end where it is streamed.</returns>
    protected async Task<JsonNode> AskAsync(object body, bool stream = false)
    {
        var json = JsonSerializer.SerializeToNode(body)!;
        json["stream"] = stream;
        using var response = await Broker.PostAsync("responses", json.ToJsonString());
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        return stream
            ? JsonNode.Parse(text.Split("event: response.completed\ndata: ")[1])!["response"]!
            : JsonNode.Parse(text)!;
    }

    protected async Task AssertNotFoundAsync(string id)
    {
        var before = Tunnel.Calls.Count;
        using var response = await PostAsync(new { model = Model, input = "And?", previous_response_id = id });
        var error = (await JsonOf(response))["error"]!;
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(error["code"]!.ToString(), Is.EqualTo("previous_response_not_found"));
            Assert.That(error["param"]!.ToString(), Is.EqualTo("previous_response_id"));
            Assert.That(error["message"]!.ToString(), Does.StartWith($"Previous response with id '{id}' not found."));
            Assert.That(Tunnel.Calls, Has.Count.EqualTo(before));
        });
    }
}
