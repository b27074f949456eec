using System.Net;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>The caller's tools through the whole broker: to a tunnel, its calls to the caller, and the results back to it.</summary>
[TestFixtureSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ToolLoopTests(string dialect)
{
    private static readonly (string, string)[] Made = [("get", """{"at":"Ulm"}"""), ("set", "{}")];

    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase(false, "toolu_", "call_")]
    [TestCase(true, "toolu_", "call_")]
    [TestCase(true, "x", "y")]
    public async Task Post_CallsAndTheirResults_KeepTheirIds(bool stream, string one, string two)
    {
        await using var tunnel = await ConnectAsync(RequestFeatures.Tools);
        var (path, body) = ToolLoop.First(dialect, stream);
        var first = _broker.PostAsync(path, body);
        var item = await tunnel.NextAsync();
        await tunnel.SendAsync(Events(item, Calls(one + "1", two + "2")));
        using var response = await first;
        var (calls, reason) = ToolLoop.Read(dialect, await response.Content.ReadAsStringAsync().DefaultTimeout(), stream);

        var second = _broker.PostAsync(path, ToolLoop.Second(body, dialect, calls));
        var followed = await tunnel.NextAsync();
        await tunnel.SendAsync(Frames.Answer(followed.WorkId, "Sunny."));
        using var last = await second;

        Assert.Multiple(() =>
        {
            Assert.That(item.Tools.Select(tool => tool.Name), Is.EqualTo(new[] { "get", "set" }));
            Assert.That(calls.Select(call => (call.Name, call.Arguments)), Is.EqualTo(Made));
            Assert.That(calls.Select(call => call.Id), Is.Unique.And.All.StartsWith(Prefix));
            Assert.That(reason, Is.EqualTo(Reason));
            Assert.That(last.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
        var made = followed.Messages[1].Parts.Select(part => part.ToolCall).ToList();
        var results = followed.Messages[2].Parts.Select(part => part.ToolResult).ToList();
        Assert.That(made.Select(call => (call.Name, call.ArgumentsJson)), Is.EqualTo(Made));
        Assert.That(results.Select(result => result.ToolCallId), Is.EqualTo(made.Select(call => call.Id)), "In the calls' order.");
        Assert.That(results.Select(result => result.Content.Single().Text.Text), Is.EqualTo(Results));
        if (one.Length > 1)
        {
            Assert.That(made.Select(call => call.Id), Is.EqualTo(new[] { one + "1", two + "2" }), "As their maker gave them.");
        }
    }

    [Test]
    public async Task Post_ToACliWithoutTools_IsRefusedInTheDialectsWords()
    {
        await using var tunnel = await ConnectAsync();
        var (path, body) = ToolLoop.First(dialect, stream: false);

        using var response = await _broker.PostAsync(path, body);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            await response.Content.ReadAsStringAsync().DefaultTimeout(),
            Does.Contain("Tools are not served by Claude Code yet: ").And.Contain(CallShapes.ErrorMark(Family)));
    }

    [TestCase(2048, "2.1.197", "{}", null)]
    [TestCase(2049, "2.1.197", "{}", "tools.description")]
    [TestCase(2049, "", "{}", "tools.description")]
    [TestCase(2049, "2.1.330", "{}", null)]
    [TestCase(1, "2.1.330", """{"anyOf":[{"type":"object"}]}""", "tools.schema")]
    [TestCase(2049, "2.1.197", """{"allOf":[]}""", "tools.description, tools.schema")]
    public async Task Post_ToolThatClaudeCodeTakesOtherwise_IsSaid(int length, string version, string schema, string? said)
    {
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Version = version, Honours = { RequestFeatures.Tools } };
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        var (path, body) = ToolLoop.First(dialect, stream: false);
        body = body.Replace("\"D\"", $"\"{new string('d', length)}\"")
            .Replace("""{"type":"object","properties":{"at":{"type":"string"}}}""", schema);

        using var response = await _broker.PostAsync(path, body);

        var told = response.Headers.TryGetValues("x-polydev-altered", out var values) ? values : [];
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(told, Is.EqualTo(said is null ? [] : new[] { said }));
    }

    [Test]
    public async Task Post_ChoiceNoneToACliWithoutTools_IsAnswered()
    {
        await using var tunnel = await ConnectAsync();
        tunnel.Answer = item => Frames.Answer(item.WorkId, item.Tools.Count == 0 ? "none given" : "some given");
        var (path, body) = ToolLoop.First(dialect, stream: false);
        var none = dialect switch
        {
            "anthropic" => "\"tool_choice\":{\"type\":\"none\"}",
            "gemini" => "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\"}}",
            _ => "\"tool_choice\":\"none\"",
        };

        using var response = await _broker.PostAsync(path, $"{body[..^1]},{none}}}");

        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("none given"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Post_ForcedCall_IsSaidWhereTheCliCannotForce(bool honours)
    {
        string[] features = honours ? [RequestFeatures.Tools, RequestFeatures.ToolChoice] : [RequestFeatures.Tools];
        await using var tunnel = await ConnectAsync(features);
        tunnel.Answer = item => Frames.Answer(item.WorkId, item.ToolChoice.Mode.ToString());
        var (path, body) = ToolLoop.First(dialect, stream: false);
        var (forced, field) = dialect switch
        {
            "anthropic" => ("\"tool_choice\":{\"type\":\"any\"}", "tool_choice"),
            "gemini" => ("\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}", "toolConfig.functionCallingConfig.mode"),
            _ => ("\"tool_choice\":\"required\"", "tool_choice"),
        };

        using var response = await _broker.PostAsync(path, $"{body[..^1]},{forced}}}");

        var told = response.Headers.TryGetValues("x-polydev-ignored", out var values) ? string.Join(',', values) : string.Empty;
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("Required"));
        Assert.That(told.Contains(field, StringComparison.Ordinal), Is.EqualTo(!honours), told);
    }

    private string Family => dialect switch { "anthropic" or "gemini" => dialect, _ => "openai-chat" };

    private string Prefix => dialect switch { "anthropic" => "toolu_", "gemini" => string.Empty, _ => "call_" };

    private string Reason => dialect switch { "chat" => "tool_calls", "responses" => "completed", "anthropic" => "tool_use", _ => "STOP" };

    private string[] Results => dialect == "gemini" ? ["""{"output":"r0"}""", """{"output":"r1"}"""] : ["r0", "r1"];

    private async Task<FakeTunnel> ConnectAsync(params string[] honours) => await _broker.ConnectTunnelAsync(
        Frames.Hello("t1", new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { honours } }));

    private static WorkEvent[] Calls(string one, string two) =>
    [
        WorkEvents.Started(), WorkEvents.Text("Look."),
        WorkEvents.ToolCallStarted(one, "get"), WorkEvents.ToolCallArguments(one, "{\"at\":"),
        WorkEvents.ToolCallArguments(one, "\"Ulm\"}"),
        WorkEvents.ToolCallFinished(one), WorkEvents.ToolCallStarted(two, "set"), WorkEvents.ToolCallFinished(two),
        WorkEvents.Finished(StopReason.ToolUse),
    ];

    private static IEnumerable<ClientFrame> Events(WorkItem item, WorkEvent[] events) =>
        events.Select((body, index) => Frames.Event(item.WorkId, (ulong)index + 1, body));
}
