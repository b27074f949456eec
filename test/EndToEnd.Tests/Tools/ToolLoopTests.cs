using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Tools;

/// <summary>
/// The caller's tools on the three real CLIs, through the official SDKs, two generations where there are two: rounds of two
/// calls at once, one of a tool that is called as the CLI's own is, and their results, then text. The vendor is asked once for each
/// request, and nothing is run.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
internal sealed class ToolLoopTests(TunnelBuild build)
{
    /// <summary>What the callers offer, in the form of OpenAI's functions.</summary>
    public static readonly JsonObject[] Offered =
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

    private const string Result = "rain";
    private const string Answer = "It rains in Rome.";

    private readonly TemporaryFolder _folder = new();
    private Stack _stack = null!;

    /// <summary>From 1: two results come with each.</summary>
    public static int Round(ProviderRequest request) =>
        (request.Conversation.Messages.Sum(message => message.ToolResults.Count) / 2) + 1;

    /// <summary>What the model's CLI puts before a caller's tool when it names it to the vendor.</summary>
    public static string PrefixOf(string model) => model.Split('-')[0] switch
    {
        "claude" => "mcp__client__",
        "gemini" => "mcp_client__",
        _ => "client__",
    };

    public static string[] Ids(int round) => [$"toolu_{round}_1", $"toolu_{round}_2"];

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown()
    {
        await _stack.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task JavaScript_RoundsOfTwoCallsThenText_AreTheVendorsLoop(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.JavaScriptSdks))] string sdk, [Values] bool stream)
    {
        // What is the same for every CLI is shown for the native build on one.
        await RunAsync(sdk, stream, "claude-opus-4-6");
        if (build == TunnelBuild.Managed)
        {
            await RunAsync(sdk, stream, "gpt-5.3-codex");
            await RunAsync(sdk, stream, "gemini-2.5-flash");
        }
    }

    private async Task RunAsync(string sdk, bool stream, string model)
    {
        var prefix = PrefixOf(model);

        // What grows with the rounds is the same in both builds.
        var rounds = stream || build == TunnelBuild.Managed ? 3 : 1;
        var canary = _folder.File($"{sdk} {stream} {model}");
        const string weather = """{"city":"Rome"}""";
        var bash = JsonSerializer.Serialize(new { command = $"touch '{canary}'" });
        var asked = _stack.Provider.CallCount;
        _stack.Provider.Script = request => Round(request) > rounds
            ? ProviderScript.Say(Answer)
            : ProviderScript.Say("Let me look.")
                .ToolCall($"{prefix}get_weather", weather, $"toolu_{Round(request)}_1")
                .ToolCall($"{prefix}Bash", bash, $"toolu_{Round(request)}_2");
        await using var loop = Start(sdk, model, stream);

        var text = JsonSerializer.Deserialize<string>((await loop.LineWithAsync("done "))["done ".Length..]);

        Assert.That(text, Is.EqualTo(Answer));
        for (var round = 1; round <= rounds; round++)
        {
            var told = JsonElement.Parse((await loop.LineWithAsync("calls ", skip: round - 1))["calls ".Length..]);
            var calls = told.GetProperty("calls").EnumerateArray().ToList();
            Assert.That(calls.Select(call => call.GetProperty("name").GetString()), Is.EqualTo(new[] { "get_weather", "Bash" }));
            Assert.That(calls[0].GetProperty("arguments").GetProperty("city").GetString(), Is.EqualTo("Rome"));
            Assert.That(calls[1].GetProperty("arguments").GetProperty("command").GetString(), Is.EqualTo($"touch '{canary}'"));
            Assert.That(calls.Select(call => call.GetProperty("id").GetString()), Is.EqualTo(Ids(round).Select(id => IdOf(sdk, id))));
            Assert.That(told.GetProperty("stop").GetString(), Is.EqualTo(StopOf(sdk)));
        }

        var last = _stack.Provider.Requests[^1].Conversation;
        var (made, given) = (
            last.Messages.SelectMany(message => message.ToolCalls).ToList(),
            last.Messages.SelectMany(message => message.ToolResults).ToList());
        var ids = Enumerable.Range(1, rounds).SelectMany(Ids).ToList();
        Assert.That(_stack.Provider.CallCount - asked, Is.EqualTo(rounds + 1), "the vendor is asked once for each request");
        Assert.That(last.ToolNames, Is.EquivalentTo(new[] { $"{prefix}get_weather", $"{prefix}Bash" }));
        Assert.That(
            made.Select(call => (call.Id, call.Name)),
            Is.EqualTo(ids.Select((id, index) => (id, prefix + (index % 2 == 0 ? "get_weather" : "Bash")))));
        Assert.That(
            made.Where((call, index) => !IsSame(call.ArgumentsJson, index % 2 == 0 ? weather : bash)), Is.Empty, "arguments as they were");
        Assert.That(given.Select(result => result.CallId), Is.EqualTo(ids));
        Assert.That(
            given.Where((result, index) => !result.Text.Contains($"{Result} for {IdOf(sdk, ids[index])}", StringComparison.Ordinal)),
            Is.Empty,
            "each call's own result");
        Assert.That(File.Exists(canary), Is.False);
    }

    private RunningProgram Start(string sdk, string model, bool stream)
    {
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream, tools = Offered, result = Result };
        return RunningProgram.StartScript("Tools/tools.mjs", order);
    }

    private static bool IsSame(string json, string other) => JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(other));

    // In the form of the caller's vendor.
    private static string IdOf(string sdk, string id) => sdk.StartsWith("openai", StringComparison.Ordinal) ? $"call_{id}" : id;

    private static string StopOf(string sdk) => sdk switch
    {
        "openai-chat" => "tool_calls",
        "openai-responses" => "completed",
        "anthropic" or "anthropic-0" => "tool_use",
        _ => "STOP",
    };
}
