using System.Text.Json.Nodes;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>The same loop in each dialect: a request with the tools get and set, and one more with the results of the calls.</summary>
internal static class ToolLoop
{
    public const string Question = "Weather?";

    private const string Schema = """{"type":"object","properties":{"at":{"type":"string"}}}""";

    public static (string Path, string Body) First(string dialect, bool stream, string model = "claude-x") => dialect switch
    {
        "chat" => ("chat/completions", Body(dialect, stream, $$"""
            "model":"{{model}}","messages":[{"role":"user","content":"{{Question}}"}]
            """)),
        "responses" => ("responses", Body(dialect, stream, $$"""
            "model":"{{model}}","input":[{"role":"user","content":"{{Question}}"}]
            """)),
        "anthropic" => ("v1/messages", Body(dialect, stream, $$"""
            "model":"{{model}}","max_tokens":99,"messages":[{"role":"user","content":"{{Question}}"}]
            """)),
        _ => ($"v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", Body(dialect, stream, $$"""
            "contents":[{"role":"user","parts":[{"text":"{{Question}}"}]}]
            """)),
    };

    /// <summary>The first request, with the calls as the caller got them, and their results "r0", "r1", in the opposite order.</summary>
    public static string Second(string first, string dialect, IReadOnlyList<SeenCall> calls)
    {
        var body = JsonNode.Parse(first)!.AsObject();
        var field = dialect switch { "responses" => "input", "gemini" => "contents", _ => "messages" };
        foreach (var item in JsonNode.Parse(History(dialect, calls))!.AsArray())
        {
            body[field]!.AsArray().Add(item!.DeepClone());
        }

        return body.ToJsonString();
    }

    /// <summary>The calls of an answer, and the reason that it gives for its end.</summary>
    public static (IReadOnlyList<SeenCall> Calls, string? Reason) Read(string dialect, string answer, bool stream) =>
        (dialect, stream) switch
        {
            ("chat", false) => OfChat(JsonNode.Parse(answer)!),
            ("chat", true) => OfChatStream(SseFrame.Parse(answer)),
            ("responses", false) => OfResponse(JsonNode.Parse(answer)!),
            ("responses", true) => OfResponse(JsonNode.Parse(SseFrame.Parse(answer)[^1].Data)!["response"]!),
            ("anthropic", false) => OfMessage(JsonNode.Parse(answer)!),
            ("anthropic", true) => OfMessageStream(answer),
            (_, false) => OfGemini([JsonNode.Parse(answer)!]),
            _ => OfGemini(GeminiClient.Events(answer)),
        };

    private static string Body(string dialect, bool stream, string fields)
    {
        var asked = stream && dialect != "gemini" ? ",\"stream\":true" : string.Empty;
        return $"{{{fields},{ToolRequests.Tools(dialect, Schema, "get", "set")}{asked}}}";
    }

    private static string History(string dialect, IReadOnlyList<SeenCall> calls)
    {
        var (one, two) = (calls[0], calls[1]);
        return dialect switch
        {
            "chat" => $$$"""
                [{"role":"assistant","content":null,"tool_calls":[
                {"id":"{{{one.Id}}}","type":"function","function":{"name":"{{{one.Name}}}","arguments":{{{Quoted(one.Arguments)}}}}},
                {"id":"{{{two.Id}}}","type":"function","function":{"name":"{{{two.Name}}}","arguments":{{{Quoted(two.Arguments)}}}}}]},
                {"role":"tool","tool_call_id":"{{{two.Id}}}","content":"r1"},{"role":"tool","tool_call_id":"{{{one.Id}}}","content":"r0"}]
                """,
            "responses" => $$$"""
                [{"type":"function_call","call_id":"{{{one.Id}}}","name":"{{{one.Name}}}","arguments":{{{Quoted(one.Arguments)}}}},
                {"type":"function_call","call_id":"{{{two.Id}}}","name":"{{{two.Name}}}","arguments":{{{Quoted(two.Arguments)}}}},
                {"type":"function_call_output","call_id":"{{{two.Id}}}","output":"r1"},
                {"type":"function_call_output","call_id":"{{{one.Id}}}","output":"r0"}]
                """,
            "anthropic" => $$$"""
                [{"role":"assistant","content":[{"type":"tool_use","id":"{{{one.Id}}}","name":"{{{one.Name}}}","input":{{{one.Arguments}}}},
                {"type":"tool_use","id":"{{{two.Id}}}","name":"{{{two.Name}}}","input":{{{two.Arguments}}}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"{{{two.Id}}}","content":"r1"},
                {"type":"tool_result","tool_use_id":"{{{one.Id}}}","content":"r0"}]}]
                """,
            _ => $$$$"""
                [{"role":"model","parts":[{"functionCall":{"id":"{{{{one.Id}}}}","name":"{{{{one.Name}}}}","args":{{{{one.Arguments}}}}}},
                {"functionCall":{"id":"{{{{two.Id}}}}","name":"{{{{two.Name}}}}","args":{{{{two.Arguments}}}}}}]},
                {"role":"user","parts":[{"functionResponse":{"id":"{{{{two.Id}}}}","name":"{{{{two.Name}}}}","response":{"output":"r1"}}},
                {"functionResponse":{"id":"{{{{one.Id}}}}","name":"{{{{one.Name}}}}","response":{"output":"r0"}}}]}]
                """,
        };
    }

    private static (IReadOnlyList<SeenCall>, string?) OfChat(JsonNode answer)
    {
        var choice = answer["choices"]![0]!;
        var calls = choice["message"]!["tool_calls"]!.AsArray().Select(call => Function(call!["id"], call["function"]!));
        return ([.. calls], (string?)choice["finish_reason"]);
    }

    private static (IReadOnlyList<SeenCall>, string?) OfChatStream(IReadOnlyList<SseFrame> frames)
    {
        var calls = new List<SeenCall>();
        string? reason = null;
        foreach (var choice in frames.SkipLast(1).Select(frame => JsonNode.Parse(frame.Data)!["choices"]![0]!))
        {
            reason ??= (string?)choice["finish_reason"];
            foreach (var call in choice["delta"]!["tool_calls"]?.AsArray() ?? [])
            {
                if ((int)call!["index"]! == calls.Count)
                {
                    calls.Add(Function(call["id"], call["function"]!));
                }
                else
                {
                    Assert.That((int)call["index"]!, Is.EqualTo(calls.Count - 1));
                    calls[^1] = calls[^1] with { Arguments = calls[^1].Arguments + (string)call["function"]!["arguments"]! };
                }
            }
        }

        return (calls, reason);
    }

    private static (IReadOnlyList<SeenCall>, string?) OfResponse(JsonNode response)
    {
        var calls = response["output"]!.AsArray().Where(item => (string?)item!["type"] == "function_call")
            .Select(item => Function(item!["call_id"], item));
        return ([.. calls], (string?)response["status"]);
    }

    private static (IReadOnlyList<SeenCall>, string?) OfMessage(JsonNode message)
    {
        var calls = message["content"]!.AsArray().Where(block => (string?)block!["type"] == "tool_use")
            .Select(block => new SeenCall((string)block!["id"]!, (string)block["name"]!, block["input"]!.ToJsonString()));
        return ([.. calls], (string?)message["stop_reason"]);
    }

    private static (IReadOnlyList<SeenCall>, string?) OfMessageStream(string stream)
    {
        var calls = AnthropicClient.Blocks(stream).Where(block => (string?)block["type"] == "tool_use")
            .Select(block => (Block: block, Input: (string?)block["partial"]))
            .Select(each => new SeenCall(
                (string)each.Block["id"]!, (string)each.Block["name"]!, each.Input is { Length: > 0 } json ? json : "{}"));
        return ([.. calls], AnthropicClient.Read(stream).StopReason);
    }

    private static (IReadOnlyList<SeenCall>, string?) OfGemini(IReadOnlyList<JsonNode> answers)
    {
        var calls = answers.SelectMany(answer => answer["candidates"]![0]!["content"]!["parts"]!.AsArray())
            .Select(part => part!["functionCall"]).OfType<JsonNode>()
            .Select(call => new SeenCall((string)call["id"]!, (string)call["name"]!, call["args"]!.ToJsonString()));
        return ([.. calls], (string?)answers[^1]["candidates"]![0]!["finishReason"]);
    }

    private static SeenCall Function(JsonNode? id, JsonNode function) =>
        new((string)id!, (string)function["name"]!, (string)function["arguments"]!);

    private static string Quoted(string text) => JsonValue.Create(text).ToJsonString();
}

/// <summary>A call as its caller sees it.</summary>
/// <param name="Arguments">JSON, as text.</param>
internal sealed record SeenCall(string Id, string Name, string Arguments);
