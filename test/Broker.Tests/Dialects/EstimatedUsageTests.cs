using System.Text.Json.Nodes;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>
/// Clients' context meters read the input's figure in Anthropic's <c>message_start</c> and in each of Google's pieces, before most CLIs
/// know it: it is an estimate there, and said so.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EstimatedUsageTests
{
    private const string Header = "x-polydev-estimated";

    // 40 characters in two messages, and 8 of instructions.
    private static readonly Conversation Talk = new("Be kind.",
    [
        Say(Role.User, new string('a', 20)),
        Say(Role.Assistant, new string('b', 20)),
    ]);

    [Test]
    public async Task Stream_OfACliThatTellsItsUsageLast_BeginsWithAnEstimateAndSaysSo()
    {
        var (response, frames) = await StreamAsync(
            Providers.Codex,
            WorkEvents.Text("Hi"),
            new WorkEvent { Usage = new Usage { InputTokens = 1234, OutputTokens = 5 } });

        Assert.Multiple(() =>
        {
            Assert.That(response.Headers.GetValues(Header), Is.EqualTo(new[] { "usage.input_tokens" }));
            Assert.That(InputOf(frames[0]["message"]!), Is.InRange(100, 120), "400 letters.");
            Assert.That(InputOf(frames.Single(frame => (string?)frame["type"] == "message_delta")), Is.EqualTo(1234));
        });
    }

    [Test]
    public async Task Stream_OfACliThatTellsNoUsage_EndsWithTheEstimate()
    {
        var (_, frames) = await StreamAsync(Providers.Gemini, WorkEvents.Text("Hi"));

        var end = frames.Single(frame => (string?)frame["type"] == "message_delta");
        Assert.That(InputOf(end), Is.EqualTo(InputOf(frames[0]["message"]!)).And.Positive);
    }

    [Test]
    public async Task Stream_OfClaude_BeginsWithTheFigureAndSaysNothing()
    {
        var (response, frames) = await StreamAsync(
            Providers.Claude, new WorkEvent { Usage = new Usage { InputTokens = 77 } }, WorkEvents.Text("Hi"));

        Assert.That(response.Headers.Contains(Header), Is.False);
        Assert.That(InputOf(frames[0]["message"]!), Is.EqualTo(77));
    }

    [TestCase("v1beta/models/codex/m:streamGenerateContent?alt=sse", "")]
    [TestCase("google/generate", "\"model\":\"codex/m\",\"stream\":true,")]
    public async Task Stream_OfGooglesOfACliThatTellsItsUsageLast_HasAnEstimateInEachPieceAndSaysSo(string path, string fields)
    {
        var (response, frames) = await StreamAsync(
            Providers.Codex,
            path,
            $$"""{{{fields}}"contents":"{{new string('x', 400)}}"}""",
            WorkEvents.Text("Hi"),
            WorkEvents.Text(" there"),
            new WorkEvent { Usage = new Usage { InputTokens = 1234, OutputTokens = 5 } });

        var told = frames.Select(frame => (long)frame["usageMetadata"]!["promptTokenCount"]!).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(response.Headers.GetValues(Header), Is.EqualTo(new[] { "usageMetadata.promptTokenCount" }));
            Assert.That(told, Has.Count.EqualTo(3));
            Assert.That(told[..2], Has.All.InRange(100, 120), "400 letters.");
            Assert.That(frames[0]["usageMetadata"]!["candidatesTokenCount"], Is.Null);
            Assert.That((long)frames[0]["usageMetadata"]!["totalTokenCount"]!, Is.EqualTo(told[0]));
            Assert.That(told[2], Is.EqualTo(1234));
        });
    }

    [Test]
    public async Task Whole_OfGoogles_EstimatesNothing()
    {
        await using var broker = await RunningBroker.StartAsync();
        await using var tunnel = await broker.ConnectTunnelAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hi");

        var response = await broker.PostAsync("v1beta/models/codex/m:generateContent", """{"contents":"Hello"}""");

        Assert.That(response.IsSuccessStatusCode, Is.True);
        Assert.That(response.Headers.Contains(Header), Is.False);
    }

    [Test]
    public void Of_FormOfTheAnswer_CountsItsSchema()
    {
        var format = new AnswerFormat("f", new ResponseFormat { JsonSchema = "{\"a\":12}" });

        Assert.That(TokenEstimate.Of(new Conversation(string.Empty, []), [], format), Is.EqualTo(2));
    }

    [Test]
    public void Of_Conversation_IsAQuarterOfItsBytesAndFourForEachMessage()
    {
        Assert.That(TokenEstimate.Of(Talk, []), Is.EqualTo(48 / 4 + 2 * 4));
        Assert.That(TokenEstimate.Of(new Conversation("é", []), []), Is.EqualTo(1), "A part of a token is one.");
        Assert.That(TokenEstimate.Of(new Conversation(string.Empty, []), []), Is.Zero);
    }

    private static Message Say(Role role, string text) =>
        new() { Role = role, Parts = { new Part { Text = new TextPart { Text = text } } } };

    private static long InputOf(JsonNode message) => (long)message["usage"]!["input_tokens"]!;

    private static Task<(HttpResponseMessage Response, List<JsonNode> Frames)> StreamAsync(string provider, params WorkEvent[] events) =>
        StreamAsync(
            provider,
            "messages",
            $$"""
            {"model":"{{provider}}/m","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"{{new string('x', 400)}}"}]}
            """,
            events);

    private static async Task<(HttpResponseMessage Response, List<JsonNode> Frames)> StreamAsync(
        string provider, string path, string body, params WorkEvent[] events)
    {
        await using var broker = await RunningBroker.StartAsync();
        await using var tunnel = await broker.ConnectTunnelAsync(Frames.Hello("t1", Frames.Cli(provider)));
        WorkEvent[] answer = [WorkEvents.Started(), .. events, WorkEvents.Finished(StopReason.EndTurn)];
        tunnel.Answer = item => answer.Select((next, index) => Frames.Event(item.WorkId, (ulong)index + 1, next));

        var response = await broker.PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync().DefaultTimeout();
        return (response, [.. SseFrame.Parse(text).Select(frame => JsonNode.Parse(frame.Data)!)]);
    }
}
