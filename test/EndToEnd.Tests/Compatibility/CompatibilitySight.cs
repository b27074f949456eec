using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>What was seen of one call: the last request of the CLI to its model, and what the caller got.</summary>
/// <param name="Dialect">The caller's.</param>
internal sealed record CompatibilitySight(string Dialect, ProviderRequest Received)
{
    /// <summary>Of the caller's answer, without its parameters.</summary>
    public required string MediaType { get; init; }

    public required string Body { get; init; }

    /// <summary>What is found at the address of the answer; empty where the feature is not about it.</summary>
    public string Stored { get; init; } = string.Empty;

    /// <summary>Of what it asks the model: the field's number, wherever the vendor has it.</summary>
    /// <param name="name">As OpenAI and Anthropic call it.</param>
    /// <param name="googles">As Google calls it, in its <c>generationConfig</c>.</param>
    public double? Number(string name, string googles)
    {
        var isGoogles = Received.Dialect == ProviderDialect.Gemini;
        return At(Received.Body, isGoogles ? ["generationConfig", googles] : [name]) is { ValueKind: JsonValueKind.Number } found
            ? found.GetDouble()
            : null;
    }

    /// <summary>Of what it asks the model: a field, as text; empty where there is none.</summary>
    public string Asked(params string[] path) => At(Received.Body, path)?.ToString() ?? string.Empty;

    /// <summary>All of what it asks the model.</summary>
    public string Raw => Received.Body.GetRawText();

    /// <summary>The roles of the caller's own turns: a CLI's reminders stand between them.</summary>
    public IEnumerable<ProviderRole> Turns => Received.Conversation.Messages
        .Where(message => message.Texts.Any(text => text.Contains(CompatibilityFeature.Turns, StringComparison.Ordinal)))
        .Select(message => message.Role);

    /// <summary>Of an answer that is not streamed: what is said.</summary>
    public string Text => string.Concat(Dialect switch
    {
        "chat" => [Answer("choices", "0", "message", "content")],
        "responses" => Items("output").SelectMany(item => Items(item, "content")).Select(part => Word(part, "text")),
        "anthropic" => Items("content").Where(block => Word(block, "type") == "text").Select(block => Word(block, "text")),
        _ => Items("candidates", "0", "content", "parts").Where(part => !IsThought(part)).Select(part => Word(part, "text")),
    });

    public string Thoughts => string.Concat(Dialect switch
    {
        "chat" => [Answer("choices", "0", "message", "reasoning_content")],
        "responses" => Items("output").SelectMany(item => Items(item, "summary")).Select(part => Word(part, "text")),
        "anthropic" => Items("content").Select(block => Word(block, "thinking")),
        _ => Items("candidates", "0", "content", "parts").Where(IsThought).Select(part => Word(part, "text")),
    });

    /// <summary>The tools that are called, with what they are given.</summary>
    public IReadOnlyList<(string Name, string Given)> Calls =>
    [
        .. Dialect switch
        {
            "chat" => Items("choices", "0", "message", "tool_calls")
                .Select(call => At(call, "function") ?? At(call, "custom")!.Value)
                .Select(call => (Word(call, "name"), Word(call, "arguments") + Word(call, "input"))),
            "responses" => Items("output").Where(item => Word(item, "type") is "function_call" or "custom_tool_call")
                .Select(call => (Word(call, "name"), Word(call, "arguments") + Word(call, "input"))),
            "anthropic" => Items("content").Where(block => Word(block, "type") == "tool_use")
                .Select(call => (Word(call, "name"), Word(call, "input"))),
            _ => Items("candidates", "0", "content", "parts").Select(part => At(part, "functionCall")).OfType<JsonElement>()
                .Select(call => (Word(call, "name"), Word(call, "args"))),
        },
    ];

    /// <summary>Why it has ended, or is not complete, in the dialect's word.</summary>
    public string Ended => Dialect switch
    {
        "chat" => Answer("choices", "0", "finish_reason"),
        "responses" => Answer("incomplete_details", "reason"),
        "anthropic" => Answer("stop_reason"),
        _ => Answer("candidates", "0", "finishReason"),
    };

    /// <summary>A field of the answer, as text; empty where there is none.</summary>
    public string Answer(params string[] path) => At(JsonElement.Parse(Body), path)?.ToString() ?? string.Empty;

    /// <summary>A list in the answer; empty where there is none.</summary>
    public IEnumerable<JsonElement> Items(params string[] path) => Items(JsonElement.Parse(Body), path);

    public static string Word(JsonElement element, string name) => At(element, name)?.ToString() ?? string.Empty;

    private static IEnumerable<JsonElement> Items(JsonElement element, params string[] path) =>
        At(element, path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    private static bool IsThought(JsonElement part) => At(part, "thought") is { ValueKind: JsonValueKind.True };

    // A number is a place in a list.
    private static JsonElement? At(JsonElement element, params string[] path)
    {
        foreach (var step in path)
        {
            JsonElement? next = element.ValueKind switch
            {
                JsonValueKind.Array when int.Parse(step) is var place && place < element.GetArrayLength() => element[place],
                JsonValueKind.Object when element.TryGetProperty(step, out var found) && found.ValueKind != JsonValueKind.Null => found,
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            element = next.Value;
        }

        return element;
    }
}
