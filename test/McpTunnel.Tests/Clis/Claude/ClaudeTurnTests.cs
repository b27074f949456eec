using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>Lines as 2.1.330 writes them, shortened.</summary>
internal sealed class ClaudeTurnTests
{
    private const string LeftTheStream = """{"type":"result","subtype":"error_max_budget_usd","is_error":true}""";
    private const string Init = """{"type":"system","subtype":"init","tools":[],"mcp_servers":[],"slash_commands":["x"]}""";
    private const string MessageStart = """{"type":"stream_event","event":{"type":"message_start","message":{"usage":"""
        + """{"input_tokens":10,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":1}}}}""";
    private const string TextStart =
        """{"type":"stream_event","event":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}}""";
    private const string Hello =
        """{"event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}},"type":"stream_event"}""";
    private const string Whole = """{"type":"assistant","message":{"model":"m","content":"""
        + """[{"type":"text","text":"Hel"}],"usage":{"input_tokens":10,"output_tokens":1}}}""";
    private const string Synthetic = """{"type":"assistant","error":"server_error","message":"""
        + """{"model":"<synthetic>","content":[{"type":"text","text":"API Error: 529 Busy"}]}}""";
    private const string Overloaded =
        """{"is_error":true,"subtype":"success","result":"API Error: 529 Busy","api_error_status":529,"type":"result"}""";
    private const string Success =
        """{"type":"result","subtype":"success","is_error":false,"result":"Hel","stop_reason":"end_turn","usage":"""
        + """{"input_tokens":10,"output_tokens":4}}""";

    private const string MountedInit =
        """{"type":"system","subtype":"init","tools":["mcp__client__get_weather"],"mcp_servers":[{"name":"client"}]}""";
    private const string Stop = """{"type":"stream_event","event":{"type":"content_block_stop"}}""";

    private readonly CallerTools _weather = CallerTools.Mounted(["get_weather"], "mcp__client__");

    [TestCase("end_turn", StopReason.EndTurn, false)]
    [TestCase("max_tokens", StopReason.MaxTokens, true)]
    [TestCase("refusal", StopReason.Refusal, true)]
    [TestCase("model_context_window_exceeded", StopReason.MaxTokens, true)]
    public void Read_Stream_GivesTextUsageAndReason(string reason, StopReason expected, bool cliGoesOn)
    {
        var (answer, turn) = Read(Init, MessageStart, TextStart, Hello, Whole, End(reason));

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("Hel"));
            Assert.That(
                answer.Usage, Is.EqualTo(new Usage { InputTokens = 15, OutputTokens = 7, CacheReadTokens = 3, CacheWriteTokens = 2 }));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(expected));
            Assert.That((turn.IsOver, turn.CliGoesOn), Is.EqualTo((true, cliGoesOn)));
        });
    }

    [Test]
    public void Read_Thinking_IsNotText()
    {
        var (answer, turn) = Read(
            MessageStart,
            """{"type":"stream_event","event":{"type":"content_block_start","index":0,"content_block":"""
                + """{"type":"thinking","thinking":""}}}""",
            """{"type":"system","subtype":"thinking_tokens","estimated_tokens":2}""",
            """{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"hm"}}}""",
            """{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"SIG"}}}""");

        Assert.That((answer.Thinking, answer.Text, turn.IsOver), Is.EqualTo(("hm", string.Empty, false)));
    }

    [Test]
    public void Read_AnswerThatWasNotStreamed_IsTakenWhole()
    {
        var (answer, _) = Read(Init, Whole, Success);

        Assert.That((answer.Text, answer.Finished?.StopReason, answer.Usage.OutputTokens), Is.EqualTo(("Hel", StopReason.EndTurn, 4UL)));
    }

    [TestCase("""{"type":"system","subtype":"init","tools":["Bash"],"mcp_servers":[]}""")]
    [TestCase("""{"type":"system","subtype":"init","tools":[],"mcp_servers":[{"name":"x","status":"connected"}]}""")]
    [TestCase("""{"type":"stream_event","event":{"type":"content_block_start","content_block":"""
        + """{"type":"tool_use","id":"t","name":"Bash","input":{}}}}""")]
    [TestCase("""{"type":"stream_event","event":{"type":"content_block_start","content_block":"""
        + """{"type":"server_tool_use","name":"web_search"}}}""")]
    [TestCase("""{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"x"},{"type":"tool_use","name":"Read"}]}}""")]
    [TestCase("""{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}}""")]
    [TestCase("""{"type":"control_request","request_id":"1","request":{"subtype":"can_use_tool","tool_name":"Bash"}}""")]
    [TestCase("""{"type":"tool_progress","tool_name":"Bash"}""")]
    [TestCase("""{"type":"stream_event","parent_tool_use_id":"t","event":"""
        + """{"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}}""")]
    [TestCase("""{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"tool_use"}}}""")]
    public void Read_AnySignOfATool_BreaksTheTurn(string line) =>
        Assert.That(Fails(MessageStart, line).Kind, Is.EqualTo(FailureKind.LockBroken));

    [Test]
    public void Read_Calls_ComeUnderTheCallersNamesAndEndTheTurn()
    {
        var (answer, turn) = Read(
            _weather, MountedInit, MessageStart, TextStart, Hello, Stop, Call("t1"), Arguments("{\\\"a\\\":"), Arguments("1}"), Stop,
            """{"type":"tool_progress","tool_name":"mcp__client__get_weather"}""", Call("t2"), Stop, End("tool_use"));

        Assert.That(
            answer.ToolCalls.Select(call => (call.Id, call.Name, call.ArgumentsJson)),
            Is.EqualTo(new[] { ("t1", "get_weather", "{\"a\":1}"), ("t2", "get_weather", "{}") }));
        Assert.That((answer.Text, answer.Finished?.StopReason), Is.EqualTo(("Hel", StopReason.ToolUse)));
        Assert.That((turn.IsOver, turn.IsOverWithCalls, turn.CliGoesOn), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void Read_CallThatTheCliRefusesItself_IsStillTheCallers()
    {
        const string Refused = """{"type":"user","message":{"content":"""
            + """[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"no JSON"}]}}""";

        var (answer, _) = Read(_weather, MessageStart, Call("t1"), Arguments("nope"), Refused, Stop, End("tool_use"));

        Assert.That(answer.ToolCalls.Single().Id, Is.EqualTo("t1"));
        Assert.That(
            Fails(_weather, MessageStart, Call("t2"), Refused).Kind, Is.EqualTo(FailureKind.LockBroken), "of a call that was not made");
        Assert.That(
            Fails(_weather, MessageStart, Call("t1"), Refused.Replace("true", "false")).Kind,
            Is.EqualTo(FailureKind.LockBroken), "somebody has answered it");
    }

    [TestCase("max_tokens", StopReason.MaxTokens)]
    [TestCase("refusal", StopReason.Refusal)]
    public void Read_EndInsideACall_LeavesTheCallCut(string reason, StopReason expected)
    {
        var (answer, turn) = Read(
            _weather, MessageStart, Call("t1"), Arguments("{}"), Stop, Call("t2"), Arguments("{\\\"a\\\":"), Stop, End(reason));

        Assert.That(
            answer.ToolCalls.Select(call => (call.Id, call.ArgumentsJson, call.IsWhole)),
            Is.EqualTo(new[] { ("t1", "{}", true), ("t2", "{\"a\":", false) }));
        Assert.That((answer.Finished?.StopReason, turn.CliGoesOn), Is.EqualTo((expected, true)));
    }

    [Test]
    public void Read_CliLeavesTheStreamOverArgumentsThatBreakOff_IsCut()
    {
        var (answer, turn) = Read(_weather, MessageStart, Call("t1"), Arguments("{\\\"a\\\":"), Stop, LeftTheStream);

        Assert.That((answer.Finished?.StopReason, answer.ToolCalls.Single().IsWhole), Is.EqualTo((StopReason.MaxTokens, false)));
        Assert.That((turn.IsOver, turn.CliGoesOn), Is.EqualTo((true, true)));
        Assert.That(
            Fails(_weather, MessageStart, Call("t1"), Arguments("{}"), Stop, LeftTheStream).Kind, Is.EqualTo(FailureKind.Upstream));
    }

    [TestCase("{\"a\" 1")]
    [TestCase("[1]")]
    [TestCase("nothing")]
    public void Read_CliLeavesTheStreamOverArgumentsThatAreNone_IsTheModelsSlip(string arguments)
    {
        var written = Arguments(arguments.Replace("\"", "\\\""));

        var failure = Fails(_weather, MessageStart, Call("t1"), written, Stop, LeftTheStream);

        Assert.That((failure.Kind, failure.Slip), Is.EqualTo((FailureKind.Upstream, new SlippedCall("t1", "get_weather", arguments))));
    }

    [TestCase("get_weather")]
    [TestCase("get_weather_v2")]
    [TestCase("functions.get_weather")]
    public void Read_CallOfANameThatNothingHas_CostsThisTurnAloneOnceTheCliHasToldItsTools(string name)
    {
        var failure = Fails(_weather, MountedInit, MessageStart, Call("t1", name));

        Assert.That((failure.Kind, failure.Message.Contains($"({name})")), Is.EqualTo((FailureKind.Upstream, true)), failure.Message);
        Assert.That(Fails(Init, MessageStart, Call("t1", name)).Kind, Is.EqualTo(FailureKind.Upstream), "none is mounted");
        Assert.That(Fails(_weather, MessageStart, Call("t1", name)).Kind, Is.EqualTo(FailureKind.LockBroken), "nothing is told");
    }

    // Bash and its kin, an old name, a word in capitals (a tool of a newer version), another CLI's, other servers', none at all.
    [TestCase("Bash")]
    [TestCase("bash")]
    [TestCase("KillShell")]
    [TestCase("ListMcpResources")]
    [TestCase("BrandNew")]
    [TestCase("run_shell_command")]
    [TestCase("container.exec")]
    [TestCase("functions.exec_command")]
    [TestCase("mcp__other__get_weather")]
    [TestCase("mcp_other_get_weather")]
    [TestCase("")]
    public void Read_CallOfANameThatAnyCliMayHave_BreaksTheTurn(string name)
    {
        Assert.That(Fails(_weather, MountedInit, MessageStart, Call("t1", name)).Kind, Is.EqualTo(FailureKind.LockBroken));
        Assert.That(Fails(Init, MessageStart, Call("t1", name)).Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [TestCase("""[{"type":"tool_use","id":"t1","name":"made_up"},{"type":"tool_use","id":"t2","name":"Bash"}]""", true)]
    [TestCase("""[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"Error: No such tool available: made_up"}]""", false)]
    [TestCase(
        """[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"No such tool available"}]}]""",
        false)]
    [TestCase("""[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"You may not use it."}]""", true)]
    [TestCase("""[{"type":"tool_result","tool_use_id":"t1","content":"No such tool available"}]""", true)]
    [TestCase("""[{"type":"tool_result","tool_use_id":"t2","is_error":true,"content":"No such tool available"}]""", true)]
    public void Check_WhatFollowsASlip_BreaksTheLockWhereSomethingRan(string content, bool breaks)
    {
        var guard = new ClaudeGuard(_weather);
        var turn = new ClaudeTurn(guard);
        turn.Read(JsonElement.Parse(MountedInit));
        Assert.That(Assert.Throws<CliFailureException>(() => turn.Read(JsonElement.Parse(Call("t1", "made_up")))), Is.EqualTo(guard.Slip));

        void Check() => turn.Check(JsonElement.Parse($$"""{"type":"user","message":{"content":{{content}} } }"""));

        if (breaks)
        {
            Assert.That(Assert.Throws<CliFailureException>(Check)!.Kind, Is.EqualTo(FailureKind.LockBroken));
        }
        else
        {
            Assert.DoesNotThrow(Check);
        }
    }

    [Test]
    public void Read_SlipOfASubAgent_BreaksTheTurn()
    {
        var call = $$"""{"parent_tool_use_id":"t",{{Call("t1", "made_up")[1..]}}""";

        Assert.That(Fails(_weather, MountedInit, call).Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [Test]
    public void Read_CallOfAToolThatIsNotMounted_CostsThisTurnAlone()
    {
        var failure = Fails(_weather, MessageStart, Call("t1", "mcp__client__Bash"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(failure.Message, Does.Contain("(Bash)"));
        Assert.That(Fails(CallerTools.None, MessageStart, Call("t1", "mcp__client__Bash")).Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [TestCase("""["mcp__client__get_weather","Bash"]""", "client", FailureKind.LockBroken)]
    [TestCase("""["mcp__client__get_weather","mcp__client__Bash"]""", "client", FailureKind.LockBroken)]
    [TestCase("""["mcp__client__get_weather"]""", "other", FailureKind.LockBroken)]
    [TestCase("[]", "client", FailureKind.CliCrashed)]
    public void Read_OfferOfOtherToolsThanTheMounted_IsAFailure(string tools, string server, FailureKind kind) => Assert.That(
        Fails(_weather, $$"""{"type":"system","subtype":"init","tools":{{tools}},"mcp_servers":[{"name":"{{server}}"}]}""").Kind,
        Is.EqualTo(kind));

    [Test]
    public void Read_CallsThatCannotBeToldApart_AreTheVendorsFault()
    {
        Assert.That(Fails(_weather, Call("t1"), Stop, Call("t1")).Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(Fails(_weather, Call("t1"), Call("t2")).Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(Fails(_weather, Call(string.Empty)).Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(Fails(_weather, Call("t1"), Hello).Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(Fails(_weather, Call("t1"), End("tool_use")).Kind, Is.EqualTo(FailureKind.Upstream));
        Assert.That(
            Fails(_weather, """{"type":"assistant","message":{"model":"m","content":"""
                + """[{"type":"tool_use","id":"t1","name":"mcp__client__get_weather","input":{}}]}}""").Kind,
            Is.EqualTo(FailureKind.Upstream));
    }

    [Test]
    public void Read_RefusalInTheCliOwnWords_IsAnEndOfTheTurn()
    {
        var (answer, turn) = Read(
            MessageStart, TextStart, Hello, """{"type":"system","subtype":"model_refusal_no_fallback","content":""}""");

        Assert.That((answer.Text, answer.Finished?.StopReason, turn.IsOver), Is.EqualTo(("Hel", StopReason.Refusal, true)));
    }

    [Test]
    public void Read_ErrorBeforeText_HasTheVendorsKind() =>
        Assert.That(
            Fails(Init, Synthetic, Overloaded),
            Has.Property("Kind").EqualTo(FailureKind.Overloaded).And.Property("Message").EqualTo("Busy"));

    [Test]
    public void Read_SecondRequestAfterText_IsCutNotRepeated() =>
        Assert.That(Fails(MessageStart, TextStart, Hello, MessageStart).Kind, Is.EqualTo(FailureKind.Upstream));

    [Test]
    public void Read_SuccessWithoutAnyAnswer_IsAFailure() =>
        Assert.That(
            Fails(
                Init, """{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":"/compact isn't available"}""").Kind,
            Is.EqualTo(FailureKind.Upstream));

    [TestCase("[]")]
    [TestCase("1")]
    [TestCase("{}")]
    [TestCase("""{"type":1,"event":[]}""")]
    [TestCase("""{"type":"stream_event"}""")]
    [TestCase("""{"type":"stream_event","event":{"type":"content_block_delta","delta":"x"}}""")]
    [TestCase("""{"type":"assistant","message":{"model":"m","content":"x"}}""")]
    [TestCase("""{"type":"something_new","tools":["Bash"]}""")]
    public void Read_LineOfAnotherShape_IsPassedOver(string line) => Assert.That(Read(line).Turn.IsOver, Is.False);

    private static string End(string reason) =>
        """{"type":"stream_event","event":{"type":"message_delta","delta":"""
            + """{"stop_reason":"REASON","stop_sequence":null},"usage":{"output_tokens":7}}}"""
            .Replace("REASON", reason, StringComparison.Ordinal);

    private static string Call(string id, string name = "mcp__client__get_weather") =>
        """{"type":"stream_event","event":{"type":"content_block_start","content_block":"""
            + $$"""{"type":"tool_use","id":"{{id}}","name":"{{name}}","input":{ } } } }""";

    private static string Arguments(string json) =>
        """{"type":"stream_event","event":{"type":"content_block_delta","delta":"""
            + $$"""{"type":"input_json_delta","partial_json":"{{json}}"} } }""";

    private static CliFailureException Fails(params string[] lines) => Fails(CallerTools.None, lines);

    private static CliFailureException Fails(CallerTools tools, params string[] lines) =>
        Assert.Throws<CliFailureException>(() => Read(tools, lines))!;

    private static (Answer Answer, ClaudeTurn Turn) Read(params string[] lines) => Read(CallerTools.None, lines);

    private static (Answer Answer, ClaudeTurn Turn) Read(CallerTools tools, params string[] lines)
    {
        var (answer, turn) = (new Answer(), new ClaudeTurn(new ClaudeGuard(tools)));
        foreach (var next in lines.SelectMany(line => turn.Read(JsonElement.Parse(line))))
        {
            answer.Add(next);
        }

        return (answer, turn);
    }
}
