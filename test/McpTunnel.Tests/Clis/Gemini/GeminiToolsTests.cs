using System.Text.Json;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>The caller's tools with the real CLI, in processes that serve one call after the other.</summary>
[Category("Cli")]
internal sealed class GeminiToolsTests
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string","minLength":2}},"required":["city"]}""";
    private const string Weather = "mcp_client__get_weather";

    private GeminiRig _rig = null!;
    private int _asked;

    public static IEnumerable<string> ForcedModels =>
    [
        "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro", "gemini-3-pro-preview", "gemini-3-flash-preview",
        "gemini-3.1-pro-preview", "gemini-3.5-flash-lite", "gemini-3.8-flash",
    ];

    private IEnumerable<ProviderRequest> Asked => _rig.Calls.Skip(_asked);

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _rig = await GeminiRig.StartAsync(warm: 1);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _rig.DisposeAsync();

    [SetUp]
    public void SetUp()
    {
        _asked = _rig.Calls.Count;
        _rig.Provider.Script = request => DefaultScript.For(request.LastUserText);
    }

    [Test]
    public async Task RunAsync_Definitions_ReachTheVendorUnderTheirWireNames()
    {
        var item = With(
            GeminiRig.Conversation("Be brief.", "one", "two", "three"), "run_shell_command", "mcp_x_y", "a.b", new string('n', 64));

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var request = Asked.Single();
        var declared = request.Body.GetProperty("tools")[0].GetProperty("functionDeclarations").EnumerateArray();
        var weather = declared.Single(tool => tool.GetProperty("name").GetString() == Weather);
        var schema = weather.GetProperty("parametersJsonSchema");
        Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor("three")));
        Assert.That(
            request.Conversation.ToolNames,
            Is.EquivalentTo(item.Tools.Select(tool => GeminiTools.Of(item).Names.WireNameOf(tool.Name))).And.All.Length.LessThan(64));
        Assert.That(weather.GetProperty("description").GetString(), Is.EqualTo("Tells the weather."));
        Assert.That(schema.GetProperty("properties").GetProperty("city").GetRawText(), Is.EqualTo("""{"type":"string","minLength":2}"""));
        Assert.That(schema.GetProperty("required").GetRawText(), Is.EqualTo("""["city"]"""));
        Assert.That(request.Body.TryGetProperty("toolConfig", out _), Is.False);
        Assert.That(request.Conversation.System, Is.EqualTo("Be brief."));
    }

    [Test]
    public async Task RunAsync_TextAndParallelCalls_AreAllToldAndEndTheTurn()
    {
        _rig.Provider.Script = _ => ProviderScript.Say("Let me look.")
            .ToolCall(Weather, """{"city":"Rome","wait_for_previous":true}""", "id_1")
            .ToolCall("mcp_client__Bash", """{"command":"touch x"}""", "id_2")
            .ToolCall(Weather, """{"town":"é\n\"{}"}""", "id_3")
            .Raw($$"""{"functionCall":{"name":"{{Weather}}","args":{} } }""")
            .WithUsage(new ProviderUsage(120, 22) { CacheRead = 40, Reasoning = 15 });

        var answer = await _rig.RunAsync(With(GeminiRig.Ask("Weather?"), "Bash")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("Let me look."));
        Assert.That(
            answer.ToolCalls.Take(3).Select(call => (call.Id, call.Name, Compact(call.ArgumentsJson))),
            Is.EqualTo(new[]
            {
                ("id_1", "get_weather", """{"city":"Rome"}"""),
                ("id_2", "Bash", """{"command":"touch x"}"""),
                ("id_3", "get_weather", Compact("""{"town":"é\n\"{}"}""")),
            }));
        Assert.That(answer.ToolCalls[3].Id, Does.Match("^call_[0-9_]+$"), "the vendor gave none");
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.ToolUse));
        Assert.That(
            answer.Usage,
            Is.EqualTo(new Usage { InputTokens = 120, OutputTokens = 22, CacheReadTokens = 40, ThinkingTokens = 15 }));
        Assert.That(Asked.Count(), Is.EqualTo(1), "the vendor is asked once");
    }

    [Test]
    public async Task RunAsync_SecondRound_HasCallsAndResultsInTheirTrueForm()
    {
        var item = With(GeminiRig.Ask("Weather?"), "a.b");
        item.Messages.Add(CliRig.Message(
            Role.Assistant, CliRig.Text("I look."), Call("c1", "get_weather"), Call("c2", "a.b"), Call("c3", "old")));
        item.Messages.Add(CliRig.Message(
            Role.User, Result("c1", "get_weather", false, "/rain"), Result("c2", "a.b", true, "no"), Result("c3", "old", false)));
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Oslo"}""", "id_2");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var messages = Asked.Single().Conversation.Messages;
        var odd = GeminiTools.Of(item).Names.WireNameOf("a.b");
        Assert.That(messages.Select(message => message.Role), Is.EqualTo([ProviderRole.User, ProviderRole.Assistant, ProviderRole.User]));
        Assert.That(messages.SelectMany(message => message.Texts), Is.EqualTo(["Weather?", "I look."]), "nothing is said beside");
        Assert.That(
            messages[1].ToolCalls,
            Is.EqualTo(new[] { ("c1", Weather), ("c2", odd), ("c3", "mcp_client__old") }
                .Select(call => new ReceivedToolCall(call.Item1, call.Item2, """{"x":1}"""))));
        Assert.That(
            messages[2].ToolResults,
            Is.EqualTo(new[] { ("c1", """{"output":"/rain"}"""), ("c2", """{"error":"no"}"""), ("c3", """{"output":""}""") }
                .Select(result => new ReceivedToolResult(result.Item1, result.Item2, false))));
        Assert.That(answer.ToolCalls.Single().Name, Is.EqualTo("get_weather"));
    }

    [Test]
    public async Task RunAsync_ResultsAndAQuestion_AreOneTurn()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        item.Messages.Add(CliRig.Message(Role.Assistant, Call("c1", "get_weather")));
        item.Messages.Add(CliRig.Message(Role.User, Result("c1", "get_weather", false, "rain"), CliRig.Text("In one word.")));

        await _rig.RunAsync(item).DefaultTimeout();

        var last = Asked.Single().Conversation.Messages[^1];
        Assert.That(Asked.Single().Conversation.Messages, Has.Count.EqualTo(3));
        Assert.That((last.ToolResults.Single().CallId, last.Texts.Single()), Is.EqualTo(("c1", "In one word.")));
    }

    [Test]
    public async Task RunAsync_RequiredCall_IsForcedAtTheVendor([ValueSource(nameof(ForcedModels))] string model)
    {
        var item = With(GeminiRig.Ask("Weather?"), "Bash");
        item.Model = model;
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Required };
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Rome"}""", "id_1");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var request = Asked.Single();
        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("id_1"));
        Assert.That(request.Model, Is.EqualTo(model));
        Assert.That(
            request.Body.GetProperty("toolConfig").GetRawText(), Is.EqualTo("""{"functionCallingConfig":{"mode":"ANY"}}"""));
        Assert.That(request.Body.GetProperty("generationConfig").TryGetProperty("thinkingConfig", out _), Is.True, "as without it");
    }

    [Test]
    public async Task RunAsync_NamedCall_IsTheOnlyOneOffered()
    {
        var item = With(GeminiRig.Ask("Weather?"), "Bash");
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Named, Name = "Bash" };
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall("mcp_client__Bash", "{}", "id_1");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(answer.ToolCalls.Single().Name, Is.EqualTo("Bash"));
        Assert.That(Asked.Single().Conversation.ToolNames, Is.EqualTo(["mcp_client__Bash"]));
        Assert.That(Asked.Single().Body.GetProperty("toolConfig").GetRawText(), Does.Contain("ANY"));
    }

    [Test]
    public async Task RunAsync_RequiredCallThatComesAtTheSecondAsking_IsAllThatIsTold()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Required };
        _rig.Provider.Script = _ => Asked.Count() == 1
            ? ProviderScript.Say("I would rather talk.")
            : ProviderScript.Empty.ToolCall(Weather, """{"city":"Rome"}""", "id_1");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        Assert.That((answer.Text, answer.ToolCalls.Single().Id), Is.EqualTo((string.Empty, "id_1")));
        Assert.That(Asked.Select(request => request.Conversation.Messages.Single().Text), Is.EqualTo(["Weather?", "Weather?"]));
    }

    [Test]
    public void RunAsync_RequiredCallThatDoesNotCome_FailsAfterTwoAskings()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Required };

        var failure = _rig.Fails(item);

        Assert.That((failure.Kind, Asked.Count()), Is.EqualTo((FailureKind.Upstream, 2)), failure.Message);
    }

    [Test]
    public async Task RunAsync_OneCallAtATime_GivesTheFirst()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Auto, DisableParallel = true };
        _rig.Provider.Script = _ => ProviderScript.Empty
            .ToolCall(Weather, """{"city":"Rome"}""", "id_1").ToolCall(Weather, """{"city":"Oslo"}""", "id_2");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("id_1"));
    }

    [Test]
    public async Task RunAsync_NoChoiceAndThenNoTools_OfferNone()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        await _rig.RunAsync(item).DefaultTimeout();
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.None };

        await _rig.RunAsync(item).DefaultTimeout();
        await _rig.RunAsync(GeminiRig.Ask("And now?")).DefaultTimeout();

        Assert.That(Asked.Select(request => request.Conversation.ToolNames.Count), Is.EqualTo([1, 0, 0]));
    }

    [Test]
    public void RunAsync_ChoiceOfAToolThatIsNotThere_IsTheCallersFault()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Named, Name = "Bash" };

        Assert.That(_rig.Fails(item).Kind, Is.EqualTo(FailureKind.InvalidRequest));
        Assert.That(Asked, Is.Empty);
    }

    [Test]
    public void RunAsync_TwoCallsOfOneId_AreNotHalfTold()
    {
        _rig.Provider.Script = _ => ProviderScript.Empty
            .ToolCall(Weather, """{"city":"Rome"}""", "id_1").ToolCall(Weather, """{"city":"Oslo"}""", "id_1");

        Assert.That(_rig.Fails(With(GeminiRig.Ask("Weather?"))).Kind, Is.EqualTo(FailureKind.Upstream));
    }

    [Test]
    public async Task RunAsync_ManyToolsWithOddSchemas_AreAllOffered()
    {
        var item = With(GeminiRig.Ask("Weather?"));
        string[] schemas =
        [
            "", "{}", """{"type":["object","null"]}""", """{"properties":{"a":true}}""", """{"anyOf":[{"required":["a"]}]}""",
            """{"type":"object","required":null}""", """{"properties":[],"required":[1]}""",
        ];
        item.Tools.Add(Enumerable.Range(0, 127).Select(number => new ToolSpec
        {
            Name = $"tool_{number}",
            Description = new string('d', 2000),
            InputSchemaJson = schemas[number % schemas.Length],
        }));

        await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(Asked.Single().Conversation.ToolNames, Has.Count.EqualTo(128));
    }

    [Test]
    public async Task RunAsync_CallsInARow_StayInTheirProcessesAndLeaveNoRelay()
    {
        await using var rig = await GeminiRig.StartAsync(warm: 1);
        await rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout();
        await rig.WaitForProcessesAsync(2);
        var processes = rig.Processes().Select(process => process.Id).ToList();
        rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Rome"}""", "id_1");

        for (var round = 0; round < 4; round++)
        {
            await rig.RunAsync(With(GeminiRig.Ask("Weather?"))).DefaultTimeout();
        }

        await ProcessProbe.AssertGoneAsync(
            () => [.. rig.Processes().Where(process => !processes.Contains(process.Id))], TaskTimeouts.Default);
        Assert.That(rig.Processes().Select(process => process.Id), Is.EquivalentTo(processes));
        Assert.That(rig.Calls, Has.Count.EqualTo(5));
        Assert.That(
            Directory.EnumerateFiles(rig.Cli.RunRoot, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) == "tools"),
            Is.Empty, "a socket is left");
    }

    /// <summary>The weather, and tools of these names.</summary>
    private static WorkItem With(WorkItem item, params string[] names)
    {
        item.Tools.Add(new ToolSpec { Name = "get_weather", Description = "Tells the weather.", InputSchemaJson = Schema });
        item.Tools.Add(names.Select(name => new ToolSpec { Name = name, Description = "x", InputSchemaJson = """{"type":"object"}""" }));
        return item;
    }

    private static string Compact(string json) => JsonSerializer.Serialize(JsonElement.Parse(json));

    private static Part Call(string id, string name) =>
        new() { ToolCall = new ToolCallPart { Id = id, Name = name, ArgumentsJson = """{"x":1}""" } };

    private static Part Result(string id, string name, bool isError, params string[] texts) => new()
    {
        ToolResult = new ToolResultPart { ToolCallId = id, Name = name, IsError = isError, Content = { texts.Select(CliRig.Text) } },
    };
}
