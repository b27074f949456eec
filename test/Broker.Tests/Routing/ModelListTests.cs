using System.Net;
using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Routing;

/// <summary>What clients ask before their first call: which models there are, and whether anybody is there.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ModelListTests
{
    private RunningBroker _broker = null!;
    private FakeTunnel _tunnel = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync();
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { RequestFeatures.Thinking, RequestFeatures.Documents } };
        _tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [TestCase("v1/models?limit=1000")]
    [TestCase("v1/models")]
    public async Task AnthropicsList_OfAConnectedCli_TellsLimitsAndWhatTheCliHonours(string path)
    {
        _broker.Http.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");

        var list = await ReadAsync(path);

        var model = list["data"]!.AsArray().Single(model => (string)model!["id"]! == "claude-opus-4-6")!;
        Assert.Multiple(() =>
        {
            Assert.That(((int)model["max_input_tokens"]!, (int)model["max_tokens"]!), Is.EqualTo((200_000, 64_000)));
            Assert.That((bool)model["capabilities"]!["pdf_input"]!["supported"]!, Is.True);
            Assert.That((bool)model["capabilities"]!["image_input"]!["supported"]!, Is.False);
        });
    }

    [TestCase("models/anthropic%2Fclaude-opus-4-6")]
    [TestCase("models/claude%2Fclaude-opus-4-6")]
    [TestCase("models/claude-opus-4-6")]
    public async Task OneModel_ByAnyOfItsNames_IsFound(string path) =>
        Assert.That((string)(await ReadAsync(path))["id"]!, Is.EqualTo("claude-opus-4-6"));

    [TestCase("models/codex%2Fclaude-opus-4-6")]
    [TestCase("models/openai%2Fclaude-opus-4-6")]
    public async Task OneModel_UnderAnothersName_IsNotFound(string path)
    {
        using var response = await _broker.Http.GetAsync(path).DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task CodexsList_IsEmptyInItsOwnForm() =>
        Assert.That((await ReadAsync("models?client_version=0.169.0")).ToJsonString(), Is.EqualTo("""{"models":[]}"""));

    [TestCase("")]
    [TestCase("api/hello")]
    public async Task BaseUrl_AskedWhetherItIsOne_IsThere(string path)
    {
        using var head = await _broker.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path)).DefaultTimeout();

        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await ReadAsync(path)).ToJsonString(), Is.EqualTo("""{"api":"polydev"}"""));
    }

    private async Task<JsonNode> ReadAsync(string path) => JsonNode.Parse(await _broker.Http.GetStringAsync(path).DefaultTimeout())!;
}
