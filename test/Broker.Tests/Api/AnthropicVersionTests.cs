using System.Net;
using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>Anthropic's API of 2026-10-21 has no sampling fields; that of 2023-06-01 has them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AnthropicVersionTests
{
    [Test]
    public async Task Sampling_InTheApiOf2026_IsRefusedInTheVendorsWords(
        [Values("v1/messages", "messages")] string path,
        [Values("\"temperature\":1", "\"top_p\":0.5", "\"top_k\":5")] string field)
    {
        var (status, body) = await AskAsync(path, "2026-10-21", field);

        var error = JsonNode.Parse(body)!["error"]!;
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((string?)error["type"], Is.EqualTo("invalid_request_error"));
        Assert.That((string?)error["message"], Is.EqualTo($"{field.Split('"')[1]}: Extra inputs are not permitted"));
    }

    [TestCase("2026-10-21", "\"temperature\":null,\"top_p\":null,\"top_k\":null")]
    [TestCase("2023-06-01", "\"temperature\":1,\"top_k\":5")]
    [TestCase("next year's", "\"temperature\":1,\"top_k\":5")]
    [TestCase(null, "\"temperature\":1,\"top_k\":5")]
    public async Task Sampling_InAnyOtherOrNotSent_IsAnswered(string? version, string fields)
    {
        var (status, body) = await AskAsync("v1/messages", version, fields);

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body);
    }

    [Test]
    public async Task Sampling_OfAnotherVendorsApi_IsNotAnthropicsToRefuse()
    {
        await using var broker = await StartAsync("2026-10-21");
        await using var tunnel = await broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hi");

        using var response = await broker.PostAsync(
            "chat/completions", """{"model":"claude-haiku-4-5","temperature":1,"messages":[{"role":"user","content":"hi"}]}""");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(string path, string? version, string fields)
    {
        await using var broker = await StartAsync(version);
        await using var tunnel = await broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hi");
        using var response = await broker.PostAsync(
            path, $$"""{"model":"claude-haiku-4-5","max_tokens":5,{{fields}},"messages":[{"role":"user","content":"hi"}]}""");
        return (response.StatusCode, await response.Content.ReadAsStringAsync().DefaultTimeout());
    }

    private static async Task<RunningBroker> StartAsync(string? version)
    {
        var broker = await RunningBroker.StartAsync();
        if (version is not null)
        {
            broker.Http.DefaultRequestHeaders.Add("anthropic-version", version);
        }

        return broker;
    }
}
