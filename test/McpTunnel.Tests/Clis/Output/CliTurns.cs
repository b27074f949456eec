using System.Text;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Processes;
using Polydev.McpTunnel.Tests.JsonRpc;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Output;

/// <summary>
/// Each CLI's turn over lines in the place of its process, as its session drives it, and what is thrown explained as its adapter does.
/// </summary>
internal static class CliTurns
{
    private const string Session = "s1";

    /// <summary>2.1.330: a thought, a text, two calls.</summary>
    public static string[] OfClaude { get; } =
    [
        """{"type":"system","subtype":"init","tools":["mcp__client__get_weather"],"mcp_servers":[{"name":"client"}]}""",
        """{"type":"stream_event","event":{"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1}}}}""",
        Claude("content_block_start", "\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"),
        Claude("content_block_stop", "\"index\":0"),
        Claude("content_block_start", "\"content_block\":{\"type\":\"text\",\"text\":\"\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"text_delta\",\"text\":\"Let me see.\"}"),
        Claude("content_block_stop", "\"index\":1"),
        """{"type":"assistant","message":{"model":"m","content":[{"type":"text","text":"Let me see."}],"usage":{"output_tokens":2}}}""",
        Claude("content_block_start", "\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"mcp__client__get_weather\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\":\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\\\"Ulm\\\"}\"}"),
        Claude("content_block_stop", "\"index\":2"),
        Claude("content_block_start", "\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"mcp__client__get_weather\"}"),
        Claude("content_block_delta", "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}"),
        Claude("content_block_stop", "\"index\":3"),
        Claude("message_delta", "\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":7}"),
        """{"type":"result","subtype":"success","is_error":false,"result":"Hel","stop_reason":"end_turn","usage":{"output_tokens":4}}""",
    ];

    /// <summary>0.169.0: the same.</summary>
    public static string[] OfCodex { get; } =
    [
        Codex("turn/started", """{"turn":{"id":"t1"}}"""),
        Codex("error", """{"error":{"message":"Reconnecting... 1/5","codexErrorInfo":"other"},"willRetry":true}"""),
        Codex("item/started", """{"item":{"type":"reasoning","id":"r1"}}"""),
        Codex("item/reasoning/summaryPartAdded", """{"summaryIndex":0}"""),
        Codex("item/reasoning/summaryTextDelta", """{"delta":"hm","summaryIndex":0}"""),
        Codex("item/reasoning/summaryPartAdded", """{"summaryIndex":1}"""),
        Codex("item/started", """{"item":{"type":"agentMessage","id":"m1","text":""}}"""),
        Codex("item/agentMessage/delta", """{"itemId":"m1","delta":"Let me see."}"""),
        Codex("item/completed", """{"item":{"type":"agentMessage","id":"m1","text":"Let me see."}}"""),
        Codex("rawResponseItem/completed", """{"item":{"type":"message","content":[{"type":"output_text","text":"Let me see."}]}}"""),
        Codex("rawResponseItem/completed", """
            {"item":{"type":"function_call","call_id":"c1","name":"client__get_weather","arguments":"{\"city\":\"Ulm\"}"}}
            """),
        Codex("rawResponseItem/completed", """
            {"item":{"type":"function_call","call_id":"c2","name":"client__get_weather","arguments":"{}"}}
            """),
        Codex("account/rateLimits/updated", """{"rateLimits":{"primary":{"usedPercent":100.0,"resetsAt":1600},"secondary":null}}"""),
        Codex("thread/tokenUsage/updated", """{"tokenUsage":{"total":{"inputTokens":5,"cachedInputTokens":2,"outputTokens":3}}}"""),
        Codex("rawResponse/completed", """{"usage":{"inputTokens":5,"cachedInputTokens":2,"outputTokens":3}}"""),
        Codex("turn/completed", """{"turn":{"status":"completed","error":null}}"""),
    ];

    /// <summary>0.61.0: the same, with the lines of its session file behind.</summary>
    public static string[] OfGemini { get; } =
    [
        Gemini("""{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"**Why**\nhm"}}"""),
        Gemini("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"Let me see."}}"""),
        Gemini("""{"sessionUpdate":"tool_call","toolCallId":"mcp_client__get_weather__c1","status":"in_progress","content":[]}"""),
        Gemini("""{"sessionUpdate":"tool_call_update","toolCallId":"mcp_client__get_weather__c1","status":"completed","content":[]}"""),
        """
        {"jsonrpc":"2.0","id":1,"result":{"stopReason":"max_turn_requests","_meta":{"quota":{"token_count":{"input_tokens":9},
        """.TrimEnd() + """
        "model_usage":[{"model":"m","token_count":{}}]}}}}
        """,
        """{"type":"gemini","tokens":{"input":9,"output":7,"cached":0,"thoughts":2}}""",
        """{"type":"gemini","toolCalls":[{"id":"mcp_client__get_weather__c1","name":"mcp_client__get_weather","args":{"city":"Ulm"}}]}""",
    ];

    public static async IAsyncEnumerable<WorkEvent> ClaudeAsync(WorkItem item, string[] lines)
    {
        var turn = new ClaudeTurn(new ClaudeGuard(ClaudeTools.Of(item).Names));
        var output = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        while (!turn.IsOver)
        {
            var line = await output.ReadAsync(CancellationToken.None) ?? throw ClaudeErrors.Crashed(string.Empty);
            foreach (var next in line.Length == 0 ? [] : turn.Read(ClaudeLines.Parse(line)))
            {
                yield return next;
            }
        }
    }

    public static async IAsyncEnumerable<WorkEvent> CodexAsync(WorkItem item, string[] lines)
    {
        await using var peer = new ScriptedPeer();
        var turn = new CodexTurn(CodexTools.Of(item), new TestClock());
        var saying = SayAsync(peer, lines);
        await foreach (var told in peer.Peer.NotificationsAsync(CancellationToken.None))
        {
            foreach (var next in turn.Read(told))
            {
                yield return next;
            }

            if (turn.IsOver)
            {
                break;
            }
        }

        await saying;
    }

    public static async IAsyncEnumerable<WorkEvent> GeminiAsync(WorkItem item, string[] lines)
    {
        using var folder = new TemporaryFolder();
        var tools = GeminiTools.Of(item);
        var turn = new GeminiTurn(Session, item.Model, tools);
        var file = new GeminiSessionFile(folder.File("session.jsonl"), Guid.Empty);
        await file.WriteAsync(item, tools.Names, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await File.AppendAllLinesAsync(folder.File("session.jsonl"), lines);
        await using var peer = new ScriptedPeer();
        var answer = peer.Peer.CallAsync(GeminiMethods.Prompt, new GeminiProtocol.Prompt(Session, []), CancellationToken.None);
        var saying = SayAsync(peer, lines);
        await foreach (var told in peer.Peer.NotificationsUntilAsync(answer, CancellationToken.None))
        {
            if (turn.Event(told) is { } next)
            {
                yield return next;
            }
        }

        foreach (var last in turn.End(await answer, await file.ReadAnswerAsync(CancellationToken.None)))
        {
            yield return last;
        }

        await saying;
    }

    /// <summary>As <see cref="CliAdapter{TCli, TSession}"/> does with all that a session throws.</summary>
    public static async IAsyncEnumerable<WorkEvent> ExplainedAsync(
        IAsyncEnumerable<WorkEvent> events, Func<Exception, CliFailureException> explain)
    {
        await using var turn = events.GetAsyncEnumerator();
        while (await MoveAsync(turn, explain))
        {
            yield return turn.Current;
        }
    }

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<WorkEvent> turn, Func<Exception, CliFailureException> explain)
    {
        try
        {
            return await turn.MoveNextAsync();
        }
        catch (Exception e)
        {
            var failure = explain(e);
            Assert.That(failure.Kind, Is.Not.EqualTo(FailureKind.Internal), $"What a CLI writes is no fault of ours: {e}");
            throw failure;
        }
    }

    private static async Task SayAsync(ScriptedPeer peer, string[] lines)
    {
        await peer.SayAsync(lines);
        await peer.EndAsync();
    }

    private static string Claude(string type, string fields) =>
        $"{{\"type\":\"stream_event\",\"event\":{{\"type\":\"{type}\",{fields}}}}}";

    private static string Codex(string method, string told) =>
        $"{{\"jsonrpc\":\"2.0\",\"method\":\"{method}\",\"params\":{told.Trim()}}}";

    private static string Gemini(string update) =>
        $"{{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{{\"sessionId\":\"{Session}\",\"update\":{update}}}}}";
}
