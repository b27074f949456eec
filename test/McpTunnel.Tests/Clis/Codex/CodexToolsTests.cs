using System.Text.Json;
using Google.Protobuf;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>The caller's tools with the real CLI, in both forms of its requests.</summary>
[Category("Cli")]
internal sealed class CodexToolsTests
{
    private const string Lite = "gpt-6.1-sol";
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";
    private const string Weather = "client__get_weather";

    // Of one pixel: what is no picture Codex replaces by a text.
    private const string Png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private CodexRig _rig = null!;

    [SetUp]
    public async Task SetUpAsync() => _rig = await CodexRig.StartAsync();

    [TearDown]
    public async Task TearDownAsync() => await _rig.DisposeAsync();

    [TestCase(CodexRig.Model, "")]
    [TestCase(Lite, "functions.")]
    public async Task RunAsync_Definitions_ReachTheVendorUnderTheirWireNames(string model, string place)
    {
        var item = With(
            CodexRig.Ask("Weather?", model), "exec_command", "shell_command", "apply_patch", "mcp__x__y", "a.b", new string('n', 64));

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var request = _rig.Calls.Single();
        var first = Offered(request.Body).Single(tool => tool.GetProperty("name").GetString() == Weather);
        Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor("Weather?")));
        Assert.That(
            request.Conversation.ToolNames,
            Is.EquivalentTo(item.Tools.Select(tool => place + CodexTools.Of(item).Names.WireNameOf(tool.Name))));
        Assert.That(request.Conversation.ToolNames, Does.Contain($"{place}client__exec_command"));
        Assert.That(first.GetProperty("description").GetString(), Is.EqualTo("Tells the weather."));
        Assert.That(JsonElement.DeepEquals(first.GetProperty("parameters"), JsonElement.Parse(Schema)), Is.True);
    }

    [TestCase(CodexRig.Model)]
    [TestCase(Lite)]
    public async Task RunAsync_TextAndParallelCalls_AreToldAndEndTheTurn(string model)
    {
        _rig.Provider.Script = _ => ProviderScript.Say("Let me look.")
            .ToolCall(Weather, """{"city":"Rome"}""", "call_1").ToolCall("client__shell", "{}", "call_2")
            .WithUsage(new ProviderUsage(120, 30) { CacheRead = 40, Reasoning = 12 });

        var answer = await _rig.RunAsync(With(CodexRig.Ask("Weather?", model), "shell")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("Let me look."));
        Assert.That(
            answer.ToolCalls.Select(call => (call.Id, call.Name, call.ArgumentsJson)),
            Is.EqualTo(new[] { ("call_1", "get_weather", """{"city":"Rome"}"""), ("call_2", "shell", "{}") }));
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.ToolUse));
        Assert.That(
            answer.Usage, Is.EqualTo(new Usage { InputTokens = 120, OutputTokens = 30, CacheReadTokens = 40, ThinkingTokens = 12 }));
        await AssertAskedAsync(1);
    }

    [TestCase("client__old", "{}")]
    [TestCase(Weather, "not JSON")]
    [TestCase(Weather, "")]
    public async Task RunAsync_CallThatCannotBeGivenOut_FailsAloneAndAsksOnce(string name, string arguments)
    {
        // The call is whole, the answer is not: at its end Codex would ask again.
        _rig.Provider.Answer(ProviderScript.Say("Look: ").ToolCall(name, arguments, "call_1").Text("So:").Hang());

        var failure = _rig.Fails(With(CodexRig.Ask("Weather?")));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
        await AssertAskedAsync(1);
    }

    [Test]
    public async Task RunAsync_StreamCutBehindACall_FailsAndAsksOnce()
    {
        _rig.Provider.Answer(ProviderScript.Empty.ToolCall(Weather, "{}", "call_1").Text("So:").Cut());

        var failure = _rig.Fails(With(CodexRig.Ask("Weather?")));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
        await AssertAskedAsync(1);
    }

    [Test]
    public async Task RunAsync_LimitBehindACall_EndsAtTheLimit()
    {
        _rig.Provider.Answer(ProviderScript.Empty.ToolCall(Weather, "{}", "call_1").FinishWith(ProviderFinish.Length));

        var answer = await _rig.RunAsync(With(CodexRig.Ask("Weather?"))).DefaultTimeout();

        Assert.That((answer.ToolCalls.Single().Id, answer.Finished?.StopReason), Is.EqualTo(("call_1", (StopReason?)StopReason.MaxTokens)));
        await AssertAskedAsync(1);
    }

    [Test]
    public async Task RunAsync_Subscription_HasToldTheWindowsWhenTheCallsAreTold()
    {
        await using var rig = await CodexRig.StartAsync(
            "openai_base_url = 'BASE'\nchatgpt_base_url = 'BASE/backend-api'", ChatGptLogin.Json());
        rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, "{}", "call_1").WithWindows(new ProviderWindows
        {
            FiveHours = 100,
            FiveHoursReset = TimeProvider.System.GetUtcNow().AddHours(1),
            SevenDaysReset = TimeProvider.System.GetUtcNow().AddDays(1),
            HasOverage = true,
        });

        var answer = await rig.RunAsync(With(CodexRig.Ask("Weather?"))).DefaultTimeout();

        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("call_1"));
        Assert.That(rig.Adapter.Quota?.Refusal()?.Message, Does.Contain("5 h window of codex is used to 100 %"));
        Assert.That(rig.Calls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_SecondRound_HasCallsAndResultsUnderTheSameNamesAndIds()
    {
        var item = With(CodexRig.Ask("Weather?"), "a.b");
        var image = new Part { Media = new MediaPart { MimeType = "image/png", Data = ByteString.FromBase64(Png) } };
        item.Messages.Add(CliRig.Message(
            Role.Assistant, CliRig.Text("I look."), Call("toolu_1", "get_weather"), Call("c2", "a.b"), Call("c3", "old")));
        item.Messages.Add(CliRig.Message(
            Role.User, Result("toolu_1", CliRig.Text("rain")), Result("c2", CliRig.Text("see"), image), Result("c3")));
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, """{"city":"Oslo"}""", "call_2");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        var request = _rig.Calls.Single();
        var odd = CodexTools.Of(item).Names.WireNameOf("a.b");
        Assert.That(
            request.Conversation.Messages.SelectMany(message => message.ToolCalls),
            Is.EqualTo(new[] { ("toolu_1", Weather), ("c2", odd), ("c3", "client__old") }
                .Select(call => new ReceivedToolCall(call.Item1, call.Item2, """{"x":1}"""))));
        Assert.That(
            request.Conversation.Messages.SelectMany(message => message.ToolResults),
            Is.EqualTo(new[] { ("toolu_1", "rain"), ("c2", "see"), ("c3", string.Empty) }
                .Select(result => new ReceivedToolResult(result.Item1, result.Item2, IsError: false))));
        Assert.That(request.Body.GetRawText(), Does.Contain($"data:image/png;base64,{Png}"));
        Assert.That(answer.ToolCalls.Single().Name, Is.EqualTo("get_weather"));
    }

    [Test]
    public async Task RunAsync_SingleCall_IsTheFirst()
    {
        var item = Choosing(ToolChoiceMode.Auto);
        item.ToolChoice.DisableParallel = true;
        _rig.Provider.Script = _ => ProviderScript.Empty.ToolCall(Weather, "{}", "call_1").ToolCall("client__other", "{}", "call_2");

        var answer = await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("call_1"));
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.ToolUse));
        await AssertAskedAsync(1);
    }

    [TestCase(ToolChoiceMode.Required, 2)]
    [TestCase(ToolChoiceMode.Named, 1)]
    public async Task RunAsync_CallThatMustCome_IsAskedForTwiceInTheSameWords(ToolChoiceMode mode, int mounted)
    {
        var times = 0;
        _rig.Provider.Script = _ => times++ == 0
            ? ProviderScript.Say("I would rather talk.")
            : ProviderScript.Say("Well.").ToolCall(Weather, "{}", "call_1");

        var answer = await _rig.RunAsync(Choosing(mode)).DefaultTimeout();

        Assert.That((answer.Text, answer.ToolCalls.Single().Name), Is.EqualTo(("Well.", "get_weather")));
        Assert.That(answer.Usage.InputTokens, Is.EqualTo(200), "of both");
        await AssertAskedAsync(2);
        var asked = _rig.Calls.Select(call => call.Conversation).ToList();
        Assert.That(asked.Select(call => call.ToolNames.Count), Is.All.EqualTo(mounted));
        Assert.That(
            asked.Select(call => string.Join('|', call.Messages.Select(message => message.Text))),
            Is.All.StartsWith("Weather?|Answer with a call of "));
    }

    [Test]
    public async Task RunAsync_CallThatMustComeAndDoesNot_FailsAfterTwo()
    {
        var told = new List<WorkEvent>();
        Assert.That(
            async () =>
            {
                await foreach (var next in _rig.Adapter.RunAsync(Choosing(ToolChoiceMode.Required), CancellationToken.None))
                {
                    told.Add(next);
                }
            },
            Throws.Exception.With.Property("Kind").EqualTo(FailureKind.Upstream).And.Message.Contains("asked twice"));

        Assert.That(told, Is.Empty);
        await AssertAskedAsync(2);
    }

    [Test]
    public async Task RunAsync_ChoiceOfNone_MountsNothing()
    {
        await _rig.RunAsync(Choosing(ToolChoiceMode.None)).DefaultTimeout();

        Assert.That(_rig.Calls.Single().Conversation.ToolNames, Is.Empty);
    }

    [Test]
    public void RunAsync_WhatTheCallerCouldSendOtherwise_IsTheCallersFault()
    {
        var missing = Choosing(ToolChoiceMode.Named);
        missing.ToolChoice.Name = "shell";
        var (deep, odd) = (CodexRig.Ask("Weather?"), CodexRig.Ask("Weather?"));
        deep.Tools.Add(new ToolSpec { Name = "a", InputSchemaJson = Nested(62) });
        odd.Tools.Add(new ToolSpec { Name = "a", InputSchemaJson = """{"required":"a"}""" });

        foreach (var item in new[] { missing, deep, odd })
        {
            Assert.That(_rig.Fails(item).Kind, Is.EqualTo(FailureKind.InvalidRequest));
        }

        Assert.That(_rig.Calls, Is.Empty);
    }

    [Test]
    public async Task RunAsync_ManyToolsWithOddSchemas_AreAllOffered()
    {
        var item = With(CodexRig.Ask("Weather?"));
        string[] schemas =
            ["", "{}", """{"type":["object","null"]}""", """{"properties":{"a":true}}""", Nested(61), "{\n\"required\":null}"];
        item.Tools.Add(Enumerable.Range(0, 127).Select(number => new ToolSpec
        {
            Name = $"tool_{number}",
            Description = new string('d', 2000),
            InputSchemaJson = schemas[number % schemas.Length],
        }));

        await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(_rig.Calls.Single().Conversation.ToolNames, Has.Count.EqualTo(128));
    }

    /// <summary>Once the CLI that was asked has ended, as no later request can come then.</summary>
    private async Task AssertAskedAsync(int times)
    {
        await _rig.Adapter.DisposeAsync();
        await _rig.AssertNothingLeftAsync();
        Assert.That(_rig.Calls, Has.Count.EqualTo(times));
    }

    private static IEnumerable<JsonElement> Offered(JsonElement body) => body.TryGetProperty("tools", out var tools)
        ? tools.EnumerateArray()
        : body.GetProperty("input")[0].GetProperty("tools")[0].GetProperty("tools").EnumerateArray();

    /// <summary>The weather, and tools of these names.</summary>
    private static WorkItem With(WorkItem item, params string[] names)
    {
        item.Tools.Add(new ToolSpec { Name = "get_weather", Description = "Tells the weather.", InputSchemaJson = Schema });
        item.Tools.Add(names.Select(name => new ToolSpec { Name = name, Description = "x", InputSchemaJson = """{"type":"object"}""" }));
        return item;
    }

    private static WorkItem Choosing(ToolChoiceMode mode)
    {
        var item = With(CodexRig.Ask("Weather?"), "other");
        item.ToolChoice = new ToolChoice { Mode = mode, Name = mode == ToolChoiceMode.Named ? "get_weather" : string.Empty };
        return item;
    }

    /// <summary>A schema of two levels for each.</summary>
    private static string Nested(int depth) =>
        $$"""{{string.Concat(Enumerable.Repeat("""{"type":"object","properties":{"a":""", depth))}}{}{{new string('}', 2 * depth)}}""";

    private static Part Call(string id, string name) =>
        new() { ToolCall = new ToolCallPart { Id = id, Name = name, ArgumentsJson = """{"x":1}""" } };

    private static Part Result(string id, params Part[] content) =>
        new() { ToolResult = new ToolResultPart { ToolCallId = id, Content = { content } } };
}
