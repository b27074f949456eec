using System.Net;
using System.Text.Json;

namespace Polydev.TestKit;

/// <summary>
/// The same conversation in each dialect, as long, deep and wide as is asked: a call of a tool, its result, messages of one part each, and
/// a question of the parts that are left.
/// </summary>
public static class Written
{
    public static readonly IReadOnlyList<string> Dialects = ["openai-chat", "openai-responses", "anthropic", "gemini"];

    public static (string Path, string Json) Body(
        string dialect,
        int messages = 3,
        int parts = 0,
        int id = 4,
        int name = 4,
        int model = 20,
        int stop = 3,
        int text = 4,
        int depth = 2,
        int argumentsDepth = 2)
    {
        var call = Call(dialect, Letters(id), Letters(name), $"{{\"a\":{Nested(argumentsDepth - 1)}}}");
        var between = Enumerable.Range(0, messages - 3).Select(index => Message(dialect, isUser: index % 2 == 0, [Text(dialect, "a")]));

        // What the call and its result count, and the messages between.
        var left = Math.Max(1, parts - (dialect == "gemini" ? 2 : 3) - (messages - 3));
        var question = Message(dialect, isUser: true, Enumerable.Repeat(Text(dialect, Letters(text)), left));
        var list = string.Join(',', [.. call, .. between, question]);
        var head = $"{Head(dialect, Model(model), Letters(stop))},\"x\":{Nested(depth - 1)}";
        return (Path(dialect, Model(model)), $"{{{head},\"{MessagesField(dialect)}\":[{list}]}}");
    }

    /// <summary>One request beyond each bound of a caller's, with the status and the field that its refusal names.</summary>
    public static IEnumerable<(HttpStatusCode Status, string Field, (string Path, string Json) Request)> BeyondEachBound(string dialect)
    {
        var messages = MessagesField(dialect);
        yield return (HttpStatusCode.RequestEntityTooLarge, "32 MB", Body(dialect, text: 33_000_000));
        yield return (HttpStatusCode.BadRequest, "body", Body(dialect, depth: 129));
        yield return (HttpStatusCode.BadRequest, messages, Body(dialect, messages: 10_001));
        yield return (HttpStatusCode.BadRequest, messages, Body(dialect, parts: 50_001));
        yield return (HttpStatusCode.BadRequest, IdField(dialect), Body(dialect, id: 513));
        yield return (HttpStatusCode.BadRequest, NameField(dialect), Body(dialect, name: 257));
        yield return (HttpStatusCode.BadRequest, "model", Body(dialect, model: 201));
        yield return (HttpStatusCode.BadRequest, StopField(dialect), Body(dialect, stop: 1_001));
        yield return (HttpStatusCode.BadRequest, ArgumentsField(dialect), Body(dialect, argumentsDepth: 129));
        yield return (HttpStatusCode.BadRequest, ArgumentsField(dialect), Body(dialect, argumentsDepth: 5_000));
    }

    private static string MessagesField(string dialect) => dialect switch
    {
        "openai-responses" => "input",
        "gemini" => "contents",
        _ => "messages",
    };

    private static string IdField(string dialect) => dialect switch
    {
        "openai-chat" => "messages[0].tool_calls[0].id",
        "openai-responses" => "input[0].call_id",
        "anthropic" => "messages[0].content[0].id",
        _ => "contents[0].parts[0].functionCall.id",
    };

    private static string NameField(string dialect) => dialect switch
    {
        "openai-chat" => "messages[0].tool_calls[0].function.name",
        "openai-responses" => "input[0].name",
        "anthropic" => "messages[0].content[0].name",
        _ => "contents[0].parts[0].functionCall.name",
    };

    /// <summary>Where the arguments are a text, they have a depth of their own.</summary>
    private static string ArgumentsField(string dialect) => dialect switch
    {
        "openai-chat" => "messages[0].tool_calls[0].function.arguments",
        "openai-responses" => "input[0].arguments",
        _ => "body",
    };

    private static string StopField(string dialect) => dialect switch
    {
        "anthropic" => "stop_sequences[0]",
        "gemini" => "generationConfig.stopSequences[0]",
        _ => "stop",
    };

    private static string Path(string dialect, string model) => dialect switch
    {
        "openai-chat" => "chat/completions",
        "openai-responses" => "responses",
        "anthropic" => "v1/messages",
        _ => $"v1beta/models/{model}:generateContent",
    };

    private static string Head(string dialect, string model, string stop) => dialect switch
    {
        "gemini" => $$"""
            "generationConfig":{"stopSequences":["{{stop}}"]}
            """,
        "anthropic" => $$"""
            "model":"{{model}}","max_tokens":9,"stop_sequences":["{{stop}}"]
            """,
        _ => $$"""
            "model":"{{model}}","stop":["{{stop}}"]
            """,
    };

    private static string[] Call(string dialect, string id, string name, string arguments) => dialect switch
    {
        "openai-chat" =>
        [
            $$$"""{"role":"assistant","tool_calls":[{"id":"{{{id}}}","function":{{{Function(name, arguments)}}}}]}""",
            $$"""{"role":"tool","tool_call_id":"{{id}}","content":"done"}""",
        ],
        "openai-responses" =>
        [
            $$"""{"type":"function_call","call_id":"{{id}}","name":"{{name}}","arguments":{{InText(arguments)}}}""",
            $$"""{"type":"function_call_output","call_id":"{{id}}","output":"done"}""",
        ],
        "anthropic" =>
        [
            $$"""{"role":"assistant","content":[{"type":"tool_use","id":"{{id}}","name":"{{name}}","input":{{arguments}}}]}""",
            $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"{{id}}","content":"done"}]}""",
        ],
        _ =>
        [
            $$$"""{"role":"model","parts":[{"functionCall":{"id":"{{{id}}}","name":"{{{name}}}","args":{{{arguments}}}}}]}""",
            $$$"""{"role":"user","parts":[{"functionResponse":{"id":"{{{id}}}","name":"{{{name}}}","response":{"output":1} }}]}""",
        ],
    };

    private static string Function(string name, string arguments) => $$"""{"name":"{{name}}","arguments":{{InText(arguments)}}}""";

    private static string Message(string dialect, bool isUser, IEnumerable<string> parts)
    {
        var role = isUser ? "user" : dialect == "gemini" ? "model" : "assistant";
        var field = dialect == "gemini" ? "parts" : "content";
        return $$"""{"role":"{{role}}","{{field}}":[{{string.Join(',', parts)}}]}""";
    }

    private static string Text(string dialect, string text) =>
        dialect == "gemini" ? $$"""{"text":"{{text}}"}""" : $$"""{"type":"text","text":"{{text}}"}""";

    private static string Model(int length) => $"claude-{Letters(length - "claude-".Length)}";

    private static string Letters(int count) => new('m', count);

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static string InText(string json) => JsonSerializer.Serialize(json);
}
