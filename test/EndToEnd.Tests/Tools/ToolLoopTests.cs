using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Tools;

/// <summary>
/// The caller's tools on the real Claude Code and Gemini CLI, through the official SDKs, two generations where there are two: two calls at
/// once, one of a tool that is called as the CLI's own is, then their results, then text. The vendor is asked twice, and nothing is run.
/// </summary>
/// <param name="prefix">What the CLI puts before the names of the caller's tools.</param>
[TestFixture(TunnelBuild.Managed, "claude-opus-4-6", "mcp__client__")]
[TestFixture(TunnelBuild.Native, "claude-opus-4-6", "mcp__client__")]
[TestFixture(TunnelBuild.Managed, "gemini-2.5-flash", "mcp_client__")]
internal sealed class ToolLoopTests(TunnelBuild build, string model, string prefix)
{
    private const string Result = "rain";
    private const string Answer = "It rains in Rome.";

    private static readonly JsonObject[] Offered =
    [
        new()
        {
            ["name"] = "get_weather",
            ["description"] = "Tells the weather.",
            ["parameters"] = JsonNode.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""),
        },
        new()
        {
            ["name"] = "Bash",
            ["description"] = "Runs a command at the caller's.",
            ["parameters"] = JsonNode.Parse("""{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}"""),
        },
    ];

    private readonly TemporaryFolder _folder = new();
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown()
    {
        await _stack.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task JavaScript_TwoCallsThenText_IsTheVendorsLoop(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.JavaScriptSdks))] string sdk, [Values] bool stream)
    {
        var canary = _folder.File($"{sdk} {stream}");
        var bash = JsonSerializer.Serialize(new { command = $"touch '{canary}'" });
        var asked = _stack.Provider.CallCount;
        _stack.Provider.Script = request => request.Conversation.Messages.Any(message => message.ToolResults.Count > 0)
            ? ProviderScript.Say(Answer)
            : ProviderScript.Say("Let me look.")
                .ToolCall($"{prefix}get_weather", """{"city":"Rome"}""", "toolu_1")
                .ToolCall($"{prefix}Bash", bash, "toolu_2");
        await using var loop = Start(sdk, model, stream);

        var first = JsonElement.Parse((await loop.LineWithAsync("calls "))["calls ".Length..]);
        var text = JsonSerializer.Deserialize<string>((await loop.LineWithAsync("done "))["done ".Length..]);

        var calls = first.GetProperty("calls").EnumerateArray().ToList();
        var second = _stack.Provider.Requests[^1].Conversation;
        Assert.That(calls.Select(call => call.GetProperty("name").GetString()), Is.EqualTo(new[] { "get_weather", "Bash" }));
        Assert.That(calls[0].GetProperty("arguments").GetProperty("city").GetString(), Is.EqualTo("Rome"));
        Assert.That(calls[1].GetProperty("arguments").GetProperty("command").GetString(), Is.EqualTo($"touch '{canary}'"));
        Assert.That(calls.Select(call => call.GetProperty("id").GetString()), Is.EqualTo(Ids(sdk)));
        Assert.That(first.GetProperty("stop").GetString(), Is.EqualTo(StopOf(sdk)));
        Assert.That(text, Is.EqualTo(Answer));
        Assert.That(_stack.Provider.CallCount - asked, Is.EqualTo(2), "the vendor is asked once for each request");
        Assert.That(second.ToolNames, Is.EquivalentTo(new[] { $"{prefix}get_weather", $"{prefix}Bash" }));
        Assert.That(
            second.Messages.SelectMany(message => message.ToolCalls).Select(call => (call.Id, call.Name)),
            Is.EqualTo(new[] { ("toolu_1", $"{prefix}get_weather"), ("toolu_2", $"{prefix}Bash") }));
        Assert.That(
            second.Messages.SelectMany(message => message.ToolResults).Select(result => result.CallId),
            Is.EqualTo(new[] { "toolu_1", "toolu_2" }));
        Assert.That(File.Exists(canary), Is.False);
    }

    [TestCase("openai-chat")]
    [TestCase("openai-responses")]
    [TestCase("anthropic")]
    [TestCase("gemini")]
    public async Task JavaScript_CliThatTakesNoTools_IsABadRequestThatSaysSo(string sdk)
    {
        var asked = _stack.Provider.CallCount;
        await using var loop = Start(sdk, "gpt-5.3-codex", stream: false);

        var failed = JsonElement.Parse((await loop.LineWithAsync("failed "))["failed ".Length..]);

        Assert.That(failed.GetProperty("status").GetInt32(), Is.EqualTo(400));
        Assert.That(failed.GetProperty("message").GetString(), Does.Contain("Tools are not served by Codex yet"));
        Assert.That(_stack.Provider.CallCount, Is.EqualTo(asked));
    }

    private RunningProgram Start(string sdk, string model, bool stream)
    {
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream, tools = Offered, result = Result };
        return RunningProgram.StartScript("Tools/tools.mjs", order);
    }

    // In the form of the caller's vendor.
    private static string[] Ids(string sdk) =>
        sdk.StartsWith("openai", StringComparison.Ordinal) ? ["call_toolu_1", "call_toolu_2"] : ["toolu_1", "toolu_2"];

    private static string StopOf(string sdk) => sdk switch
    {
        "openai-chat" => "tool_calls",
        "openai-responses" => "completed",
        "anthropic" or "anthropic-0" => "tool_use",
        _ => "STOP",
    };
}
