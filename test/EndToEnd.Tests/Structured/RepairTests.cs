using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.EndToEnd.Tests.Tools;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Structured;

/// <summary>
/// What a model gets wrong on the three real CLIs, whole and streamed: it is told once, in a session of its own, and the caller sees the
/// second answer alone; what is wrong twice is an error.
/// </summary>
internal sealed class RepairTests
{
    private const string Good = """{"city":"Rome"}""";

    private const string Claude = "claude-opus-4-6";
    private const string Codex = "gpt-5.3-codex";
    private const string Gemini = "gemini-2.5-flash";

    private Stack _stack = null!;
    private int _asked;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    /// <summary>Of the CLIs, Gemini alone never sees arguments that are no JSON: its vendor's API has none.</summary>
    [TestCase(Claude, "mcp__client__", false, """{"town":"Rome"}""")]
    [TestCase(Claude, "mcp__client__", false, """{"city" 1""")]
    [TestCase(Codex, "client__", false, """{"town":"Rome"}""")]
    [TestCase(Codex, "client__", true, """{"city" 1""")]
    [TestCase(Gemini, "mcp_client__", true, """{"town":"Rome"}""")]
    public async Task Arguments_WrongOnce_GoBackToTheModelAndComeRight(string model, string prefix, bool stream, string wrong)
    {
        Script(prefix, wrong, Good);
        await using var loop = StartLoop("openai-chat", model, stream);

        var told = JsonElement.Parse((await loop.LineWithAsync("calls "))["calls ".Length..]).GetProperty("calls");
        await loop.LineWithAsync("done ");

        var second = _stack.Provider.Requests.Skip(_asked).ElementAt(1).Conversation.Messages;
        Assert.Multiple(() =>
        {
            Assert.That(told.GetArrayLength(), Is.EqualTo(1));
            Assert.That(told[0].GetProperty("arguments").GetRawText(), Is.EqualTo(Good));
            Assert.That(_stack.Provider.CallCount - _asked, Is.EqualTo(3), "wrong, right, and the answer to the result");
            Assert.That(second.SelectMany(message => message.ToolCalls).Single().Name, Is.EqualTo($"{prefix}get_weather"));
            Assert.That(second.SelectMany(message => message.ToolResults).Single().Text, Does.Contain("arguments"));
        });
    }

    [TestCase(Claude, "mcp__client__", false)]
    [TestCase(Codex, "client__", true)]
    [TestCase(Gemini, "mcp_client__", false)]
    public async Task Arguments_WrongTwice_AreAnError(string model, string prefix, bool stream)
    {
        Script(prefix, """{"town":"Rome"}""", """{"city":1}""");
        await using var loop = StartLoop("openai-chat", model, stream);

        var failed = await loop.LineWithAsync("failed ");

        Assert.That(failed, Does.Contain("get_weather").And.Contain("(type at /city)"));
        Assert.That(_stack.Provider.CallCount - _asked, Is.EqualTo(2));
    }

    /// <summary>Claude's arguments have been given out as they came: the stream's end says that they are wrong, in each dialect.</summary>
    [TestCase("openai-chat")]
    [TestCase("openai-responses")]
    [TestCase("anthropic")]
    [TestCase("gemini")]
    public async Task Arguments_GivenOutWrong_EndTheStreamWithAnError(string sdk)
    {
        Script("mcp__client__", """{"town":"Rome"}""");
        await using var loop = StartLoop(sdk, Claude, stream: true);

        Assert.That(await loop.LineWithAsync("failed "), Does.Contain("get_weather").And.Contain("(required at the root)"));
        Assert.That(_stack.Provider.CallCount - _asked, Is.EqualTo(1));
    }

    [TestCase(Claude)]
    [TestCase(Codex)]
    [TestCase(Gemini)]
    public async Task Text_WrongOnce_GoesBackToTheModelAndComesRight(string model)
    {
        const string Typed = """{"city":"Rome","degrees":21.5,"sky":"rain"}""";
        Say("It rains.", Typed);
        await using var call = StartTyped(model, stream: false);

        var done = (await call.LineWithAsync("done "))["done ".Length..];

        var second = _stack.Provider.Requests[^1].Conversation.Messages;
        Assert.That(done, Is.EqualTo(Typed));
        Assert.That(_stack.Provider.CallCount - _asked, Is.EqualTo(2));
        Assert.That(second[^2].Text, Does.Contain("It rains."));
        Assert.That(second[^1].Text, Does.Contain("Answer once more"));
    }

    [TestCase(Claude, false)]
    [TestCase(Codex, false)]
    [TestCase(Gemini, false)]
    [TestCase(Claude, true)]
    [TestCase(Codex, true)]
    [TestCase(Gemini, true)]
    public async Task Text_WrongToTheEnd_IsAnError(string model, bool stream)
    {
        // A stream that is no JSON at all the SDK itself leaves, before its end.
        Say(stream ? "{}" : "It rains.", """{"city":"Rome"}""");
        await using var call = StartTyped(model, stream);

        Assert.That(await call.LineWithAsync("failed "), Does.Contain("The model's answer is not"));
        Assert.That(_stack.Provider.CallCount - _asked, Is.EqualTo(stream ? 1 : 2), "what is given out is not asked for again");
    }

    private void Say(params string[] texts)
    {
        _asked = _stack.Provider.CallCount;
        var said = 0;
        _stack.Provider.Script = _ => ProviderScript.Say(texts[Math.Min(Interlocked.Increment(ref said), texts.Length) - 1]);
    }

    // The calls one by one, then text.
    private void Script(string prefix, params string[] arguments)
    {
        _asked = _stack.Provider.CallCount;
        var calls = 0;
        _stack.Provider.Script = _ => Interlocked.Increment(ref calls) is var call && call <= arguments.Length
            ? ProviderScript.Say("Let me look.").ToolCall($"{prefix}get_weather", arguments[call - 1], $"toolu_{call}")
            : ProviderScript.Say("It rains.");
    }

    private RunningProgram StartLoop(string sdk, string model, bool stream) => RunningProgram.StartScript(
        "Tools/tools.mjs",
        new
        {
            sdk,
            baseUrl = _stack.ApiBase,
            key = _stack.Key,
            model,
            stream,
            tools = new JsonArray(ToolLoopTests.Offered[0].DeepClone()),
            result = "rain",
        });

    private RunningProgram StartTyped(string model, bool stream) => RunningProgram.StartScript(
        "Structured/structured.mjs", new { helper = "openai-chat", baseUrl = _stack.ApiBase, key = _stack.Key, model, stream });
}
