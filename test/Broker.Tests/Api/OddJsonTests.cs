using System.Net;
using System.Text;
using Polydev.Broker.Conversations;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Bodies that are JSON and yet nothing that can be passed on: one clean 400 each, never a 500.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OddJsonTests
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase("chat/completions", """{"model":"o3","messages":[{"role":"user","content":"x"}],"temperature":1e999}""", "temperature")]
    [TestCase("responses", """{"model":"o3","input":"x","top_p":-1e999}""", "top_p")]
    [TestCase(
        "messages", """{"model":"o3","max_tokens":5,"messages":[{"role":"user","content":"x"}],"temperature":1e999}""", "temperature")]
    [TestCase("google/generate", """{"contents":"x","generationConfig":{"temperature":1e999}}""", "generationConfig.temperature")]
    [TestCase("google/generate", """{"contents":"x","tools":[{"\ud800":[1]}]}""", "tools[0]")]
    [TestCase("google/generate", """{"contents":[{"parts":[{"inlineData":{}}]}]}""", "contents[0].parts[0].inlineData.mimeType")]
    [TestCase("google/generate", """{"contents":[{"parts":[{}]}]}""", "contents[0].parts[0]")]
    [TestCase(
        "chat/completions",
        """{"model":"o3","messages":[{"role":"assistant","tool_calls":[{"id":"c","function":"""
        + """{"name":"f","arguments":"{\"a\":\"\\ud83d\"}"}}]},{"role":"user","content":"x"}]}""",
        "messages[0].tool_calls[0].function.arguments")]
    [TestCase(
        "responses",
        """{"model":"o3","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"\\ud83d\":1}"},"""
        + """{"role":"user","content":"x"}]}""",
        "input[0].arguments")]
    [TestCase(
        "messages",
        """{"model":"o3","max_tokens":5,"messages":[{"role":"assistant","content":"""
        + """[{"type":"tool_use","id":"c","name":"f","input":{"a":"\ud83d"}}]},{"role":"user","content":"x"}]}""",
        "messages[0].content[0].input")]
    [TestCase(
        "google/generate",
        """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":["\ud83d"]}}}]},"x"]}""",
        "contents[0].parts[0].functionCall.args")]
    public async Task Post_WhatCannotBePassedOn_Is400NamingTheField(string path, string json, string field)
    {
        await using var tunnel = await _broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(path, json);

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), body);
        Assert.That(body, Does.Contain(field));
    }

    // The letter ÿ is sent as one byte: as Latin-1, which JSON is not.
    [TestCase(
        "messages",
        """{"model":"o3","max_tokens":5,"messages":[{"role":"assistant","content":"""
        + """[{"type":"tool_use","id":"c","name":"f","input":{"a":"ÿ"}}]},{"role":"user","content":"x"}]}""",
        "messages[0].content[0].input")]
    [TestCase(
        "google/generate",
        """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"ÿ":1}}}]},"x"]}""",
        "contents[0].parts[0].functionCall.args")]
    [TestCase(
        "google/generate",
        """{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},"""
        + """{"parts":[{"functionResponse":{"name":"f","response":{"output":"ÿ"}}}]}]}""",
        "contents[1].parts[0].functionResponse.response")]
    public async Task Post_BytesThatAreNotUtf8_Are400NamingTheField(string path, string json, string field)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(json));

        using var response = await _broker.Http.PostAsync(path, content).DefaultTimeout();

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), body);
        Assert.That(body, Does.Contain(field));
    }

    [Test]
    public async Task Post_AMillionPiecesOfOneAnswer_AreReadInTime()
    {
        var pieces = string.Join(',', Enumerable.Repeat("""{"text":"a"}""", 1_000_000));
        var google = $$"""{"contents":[{"role":"model","parts":[{{pieces}}]},{"parts":[{"text":"q"}]}]}""";
        var calls = Join(index => $$$"""{"id":"a{{{index}}}","type":"function","function":{"name":"f","arguments":"{}"}}""");
        var results = Join(index => $$"""{"role":"tool","tool_call_id":"a{{index}}","content":""}""");
        var openAi = $$"""{"model":"o3","messages":[{"role":"assistant","tool_calls":[{{calls}}]},{{results}}]}""";

        using var joined = await _broker.PostAsync("google/generate", google);
        using var answered = await _broker.PostAsync("chat/completions", openAi);

        // Read they are, then: there is only no tunnel to send them to.
        Assert.That(joined.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answered.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));

        static string Join(Func<int, string> write) => string.Join(',', Enumerable.Range(0, RequestBounds.Messages - 1).Select(write));
    }
}
