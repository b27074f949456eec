using System.Text.Json;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>The caller's tools with the real CLI, in each version.</summary>
[TestFixture(0)]
[TestFixture(1)]
[TestFixture(2)]
[Category("Cli")]
internal sealed class ClaudeToolsTests(int version)
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string","minLength":2}},"required":["city"]}""";
    private const string Weather = "mcp__client__get_weather";

    private ClaudeRig _rig = null!;

    [SetUp]
    public async Task SetUpAsync() => _rig = await StartAsync(("ANTHROPIC_API_KEY", ClaudeRig.ApiKey));

    [TearDown]
    public async Task TearDownAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task RunAsync_Definitions_ReachTheVendorUnderTheirWireNames()
    {
        var item = With(ClaudeRig.Conversation("Be brief.", "one", "two", "three"), "Bash", "mcp__x__y", "a.b", new string('n', 64));

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var request = _rig.Calls.Single();
        var first = request.Body.GetProperty("tools").EnumerateArray().Single(tool => tool.GetProperty("name").GetString() == Weather);
        Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor("three")));
        Assert.That(
            request.Conversation.ToolNames,
            Is.EquivalentTo(item.Tools.Select(tool => ClaudeTools.Of(item).Names.WireNameOf(tool.Name))));
        Assert.That(first.GetProperty("description").GetString(), Is.EqualTo("Tells the weather."));
        Assert.That(JsonElement.DeepEquals(first.GetProperty("input_schema"), JsonElement.Parse(Schema)), Is.True);
        Assert.That(request.Body.TryGetProperty("tool_choice", out _), Is.False);
        Assert.That(request.Conversation.SystemTexts, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task RunAsync_TextAndParallelCalls_AreToldAndEndTheTurn()
    {
        _rig.Provider.Script = _ => ProviderScript.Say("Let me look.")
            .ToolCall(Weather, """{"city":"Rome"}""", "toolu_1").ToolCall("mcp__client__Bash", "{}", "toolu_2");

        var answer = await _rig.RunAsync(With(ClaudeRig.Ask("Weather?"), "Bash")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("Let me look."));
        Assert.That(
            answer.ToolCalls.Select(call => (call.Id, call.Name, call.ArgumentsJson)),
            Is.EqualTo(new[] { ("toolu_1", "get_weather", """{"city":"Rome"}"""), ("toolu_2", "Bash", "{}") }));
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.ToolUse));
        await _rig.Adapter.DisposeAsync();
        await _rig.AssertNothingLeftAsync();
        Assert.That(_rig.Calls, Has.Count.EqualTo(1), "the vendor is asked once");
    }

    [TestCase("mcp__client__old")]
    [TestCase("get_weather_v2")]
    public async Task RunAsync_CallOfAToolThatIsNotMounted_FailsAloneAndAsksOnce(string name)
    {
        _rig.Provider.Answer(ProviderScript.Say("Look: ").ToolCall(name, "{}", "toolu_1"));

        var failure = _rig.Fails(With(ClaudeRig.Ask("Weather?")));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
        await _rig.Adapter.DisposeAsync();
        await _rig.AssertNothingLeftAsync();
        Assert.That(_rig.Calls, Has.Count.EqualTo(1), "the vendor is asked once");
    }

    [Test]
    public async Task RunAsync_SlipBesideAnotherCall_AsksOnceAndBreaksTheLockOnlyForAToolOfTheClis()
    {
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall("made_up", "{}", "toolu_1").ToolCall(Weather, "{}", "toolu_2");

        Assert.That(_rig.Fails(With(ClaudeRig.Ask("Weather?"))).Kind, Is.EqualTo(FailureKind.Upstream));

        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, "{}", "toolu_1").ToolCall("KillShell", "{}", "toolu_2");
        Assert.That(_rig.Fails(With(ClaudeRig.Ask("Weather?"))).Kind, Is.EqualTo(FailureKind.LockBroken));
        await _rig.Adapter.DisposeAsync();
        await _rig.AssertNothingLeftAsync();
        Assert.That(_rig.Calls, Has.Count.EqualTo(2), "the vendor is asked once a call");
    }

    [Test]
    public async Task RunAsync_MaxTokensInsideACall_GivesThePartOfItAndAsksOnce()
    {
        _rig.Provider.Script = _ => ProviderScript.Say("Look.").ToolCall(Weather, """{"city":"Ro""", "toolu_1")
            .FinishWith(ProviderFinish.Length);

        var answer = await _rig.RunAsync(With(ClaudeRig.Ask("Weather?"))).DefaultTimeout();

        Assert.That(answer.ToolCalls.Select(call => (call.ArgumentsJson, call.IsWhole)), Is.EqualTo(new[] { ("{\"city\":\"Ro", false) }));
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.MaxTokens));
        await _rig.Adapter.DisposeAsync();
        Assert.That(_rig.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_ForcedCall_IsNotForcedInTheNext()
    {
        var forced = With(ClaudeRig.Ask("Weather?"));
        forced.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Required };

        await _rig.RunAsync(forced).DefaultTimeout();
        await _rig.RunAsync(With(ClaudeRig.Ask("And now?"))).DefaultTimeout();
        await _rig.RunAsync(ClaudeRig.Ask("And without?")).DefaultTimeout();

        Assert.That(
            _rig.Calls.Select(call => call.Body.TryGetProperty("tool_choice", out _)), Is.EqualTo(new[] { true, false, false }));
    }

    [Test]
    public async Task RunAsync_Subscription_HasToldTheWindowsWhenTheCallsAreTold()
    {
        await using var rig = await StartAsync(("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-test"));
        rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Rome"}""", "toolu_1").WithWindows(new ProviderWindows
        {
            FiveHours = 100,
            FiveHoursReset = TimeProvider.System.GetUtcNow().AddHours(1),
            SevenDaysReset = TimeProvider.System.GetUtcNow().AddDays(1),
            HasOverage = true,
            UsesOverage = true,
        });

        var answer = await rig.RunAsync(With(ClaudeRig.Ask("Weather?"))).DefaultTimeout();

        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("toolu_1"));
        Assert.That(rig.Adapter.Quota?.Refusal()?.Message, Does.Contain("5 h window of claude is used to 100 %"));
        Assert.That(rig.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_SecondRound_HasCallsAndResultsUnderTheSameNamesAndIds()
    {
        var item = With(ClaudeRig.Ask("Weather?"), "a.b");
        item.Messages.Add(CliRig.Message(
            Role.Assistant, CliRig.Text("I look."), Call("c1", "get_weather"), Call("c2", "a.b"), Call("c3", "old")));
        item.Messages.Add(CliRig.Message(Role.User, Result("c1", false, "rain"), Result("c2", true, "no"), Result("c3", false)));
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Oslo"}""", "toolu_2");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var messages = _rig.Calls.Single().Conversation.Messages;
        var odd = ClaudeTools.Of(item).Names.WireNameOf("a.b");
        Assert.That(
            messages.SelectMany(message => message.ToolCalls),
            Is.EqualTo(new[] { ("c1", Weather), ("c2", odd), ("c3", "mcp__client__old") }
                .Select(call => new ReceivedToolCall(call.Item1, call.Item2, """{"x":1}"""))));
        Assert.That(
            messages.SelectMany(message => message.ToolResults),
            Is.EqualTo(new ReceivedToolResult[] { new("c1", "rain", false), new("c2", "no", true), new("c3", string.Empty, false) }));
        Assert.That(answer.ToolCalls.Single().Name, Is.EqualTo("get_weather"));
    }

    [TestCase(ToolChoiceMode.Auto, false, null)]
    [TestCase(ToolChoiceMode.Auto, true, """{"type":"auto","disable_parallel_tool_use":true}""")]
    [TestCase(ToolChoiceMode.Required, false, """{"type":"any"}""")]
    [TestCase(ToolChoiceMode.Named, true, """{"type":"tool","name":"mcp__client__get_weather","disable_parallel_tool_use":true}""")]
    public async Task RunAsync_Choice_ReachesTheVendor(ToolChoiceMode mode, bool isSingle, string? expected)
    {
        var item = With(ClaudeRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = mode, DisableParallel = isSingle };
        item.ToolChoice.Name = mode == ToolChoiceMode.Named ? "get_weather" : string.Empty;
        item.Sampling = new Sampling { Temperature = 0.25 };

        await _rig.RunAsync(item).DefaultTimeout();

        var body = _rig.Calls.Single().Body;
        Assert.That(body.TryGetProperty("tool_choice", out var choice) ? choice.GetRawText() : null, Is.EqualTo(expected));
        Assert.That(body.GetProperty("temperature").GetDouble(), Is.EqualTo(0.25));
    }

    [Test]
    public async Task RunAsync_ChoiceOfNone_MountsNothing()
    {
        var item = With(ClaudeRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.None };

        await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(_rig.Calls.Single().Conversation.ToolNames, Is.Empty);
        Assert.That(_rig.Calls.Single().Body.TryGetProperty("tool_choice", out _), Is.False);
    }

    [Test]
    public void RunAsync_ChoiceOfAToolThatIsNotThere_IsTheCallersFault()
    {
        var item = With(ClaudeRig.Ask("Weather?"));
        item.ToolChoice = new ToolChoice { Mode = ToolChoiceMode.Named, Name = "Bash" };

        Assert.That(_rig.Fails(item).Kind, Is.EqualTo(FailureKind.InvalidRequest));
        Assert.That(_rig.Calls, Is.Empty);
    }

    [Test]
    public async Task RunAsync_ManyToolsWithOddSchemas_AreAllOffered()
    {
        var item = With(ClaudeRig.Ask("Weather?"));
        string[] schemas =
            ["", "{}", """{"type":["object","null"]}""", """{"properties":{"a":true}}""", """{"anyOf":[{"required":["a"]}]}"""];
        item.Tools.Add(Enumerable.Range(0, 127).Select(number => new ToolSpec
        {
            Name = $"tool_{number}",
            Description = new string('d', 2000),
            InputSchemaJson = schemas[number % schemas.Length],
        }));

        await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(_rig.Calls.Single().Conversation.ToolNames, Has.Count.EqualTo(128));
    }

    private async Task<ClaudeRig> StartAsync((string Name, string Value) login)
    {
        string[] clis = [TestClis.Claude, .. TestClis.OtherClaudes];
        return await ClaudeRig.StartAsync(login, (ClaudeCli.PathVariable, clis[version]));
    }

    /// <summary>The weather, and tools of these names.</summary>
    private static WorkItem With(WorkItem item, params string[] names)
    {
        item.Tools.Add(new ToolSpec { Name = "get_weather", Description = "Tells the weather.", InputSchemaJson = Schema });
        item.Tools.Add(names.Select(name => new ToolSpec { Name = name, Description = "x", InputSchemaJson = """{"type":"object"}""" }));
        return item;
    }

    private static Part Call(string id, string name) =>
        new() { ToolCall = new ToolCallPart { Id = id, Name = name, ArgumentsJson = """{"x":1}""" } };

    private static Part Result(string id, bool isError, params string[] texts) =>
        new() { ToolResult = new ToolResultPart { ToolCallId = id, IsError = isError, Content = { texts.Select(CliRig.Text) } } };
}
