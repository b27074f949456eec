using System.Net;
using System.Text.Json.Nodes;
using Polydev.Broker.Conversations;
using Polydev.Broker.Tests.Dialects;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>A conversation that ends with the assistant: gone on from, answered behind, or refused, as its vendor does.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PrefillTests
{
    private const string Messages = """[{"role":"user","content":"A tale?"},{"role":"assistant","content":"Once upon"}]""";

    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Anthropic_ModelThatTakesIt_GoesOnWithoutWhatItRepeats(
        [Values] bool stream, [Values("haiku-4-5", "3-7-sonnet")] string name)
    {
        var (response, item) = await AskAsync("messages", Anthropic($"claude-{name}", stream));

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.Headers.GetValues("x-polydev-altered"), Is.EqualTo(new[] { "messages" }));
        Assert.That(LastOf(item), Is.EqualTo((Role.User, new Prefill("messages", "Once upon").Question)));
        Assert.That(stream ? AnthropicText(body) : (string?)JsonNode.Parse(body)!["content"]![0]!["text"], Is.EqualTo(" a time"));
    }

    [TestCase("claude-opus-4-6")]
    [TestCase("claude-sonnet-4-6")]
    [TestCase("claude-opus-4-7-20260416")]
    [TestCase("claude-sonnet-5")]
    [TestCase("anthropic/claude-opus-4-6")]
    [TestCase("claude/opus")]
    public async Task Anthropic_ModelThatRefusesIt_IsRefusedInTheVendorsWords(string model)
    {
        using var response = await _broker.PostAsync("messages", Anthropic(model, stream: false));

        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout())!["error"]!;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((string?)error["type"], Is.EqualTo("invalid_request_error"));
        Assert.That(
            (string?)error["message"],
            Is.EqualTo("This model does not support assistant message prefill. The conversation must end with a user message."));
    }

    [Test]
    public async Task Anthropic_Count_IsNotRefused()
    {
        using var response = await _broker.PostAsync("messages/count_tokens", Anthropic("claude-opus-4-6", stream: false));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("gpt-5.1")]
    [TestCase("gemini-2.5-pro")]
    public async Task Anthropic_ModelOfAnotherVendor_GoesOn(string model)
    {
        var (response, item) = await AskAsync("messages", Anthropic(model, stream: false));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(LastOf(item).Text, Does.StartWith("Continue your last message"));
    }

    [Test]
    public async Task Google_AnyModel_GoesOnWithoutWhatItRepeats([Values("claude-opus-4-6", "gemini-2.5-pro")] string model)
    {
        var (response, _) = await AskAsync(
            $"v1beta/models/{model}:generateContent",
            """{"contents":[{"role":"user","parts":[{"text":"A tale?"}]},{"role":"model","parts":[{"text":"Once upon"}]}]}""");

        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout())!;
        Assert.That(response.Headers.GetValues("x-polydev-altered").Single(), Does.StartWith("contents"));
        Assert.That((string?)body["candidates"]![0]!["content"]!["parts"]![0]!["text"], Is.EqualTo(" a time"));
    }

    [Test]
    public async Task OpenAi_AnyModel_AnswersBehindIt()
    {
        var (response, item) = await AskAsync("chat/completions", $$"""{"model":"claude-opus-4-6","messages":{{Messages}}}""");

        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout())!;
        Assert.That(response.Headers.GetValues("x-polydev-altered"), Is.EqualTo(new[] { "messages" }));
        Assert.That(LastOf(item), Is.EqualTo((Role.User, "Continue.")));
        Assert.That((string?)body["choices"]![0]!["message"]!["content"], Is.EqualTo("Once upon a time"));
    }

    [Test]
    public async Task Usual_EndsWithTheUser_IsSaidNothingOf()
    {
        var (response, item) = await AskAsync(
            "messages", """{"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"Once upon"}]}""");

        Assert.That(response.Headers.Contains("x-polydev-altered"), Is.False);
        Assert.That(LastOf(item).Text, Is.EqualTo("Once upon"));
    }

    private static string Anthropic(string model, bool stream) =>
        $$"""{"model":"{{model}}","max_tokens":50,"stream":{{(stream ? "true" : "false")}},"messages":{{Messages}}}""";

    private static (Role Role, string Text) LastOf(WorkItem item) => (item.Messages[^1].Role, item.Messages[^1].Parts.Single().Text.Text);

    private static string AnthropicText(string stream) => string.Concat(
        SseFrame.Parse(stream).Select(frame => JsonNode.Parse(frame.Data)!).Select(data => (string?)data["delta"]?["text"]));

    // The model repeats what it had said.
    private async Task<(HttpResponseMessage Response, WorkItem Item)> AskAsync(string path, string body)
    {
        WorkItem? asked = null;
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item =>
        {
            asked = item;
            return Frames.Answer(item.WorkId, "Once ", "upon a", " time");
        };
        var response = await _broker.PostAsync(path, body);
        await response.Content.LoadIntoBufferAsync().DefaultTimeout();
        return (response, asked!);
    }
}
