using System.Text.Json;

namespace Polydev.McpTunnel.Clis.SelfTest;

/// <summary>A vendor's API as far as a self-test needs it: what a CLI asks of a model, and an answer that it takes.</summary>
internal interface ISelfTestApi
{
    /// <summary>Null where the request asks no model.</summary>
    /// <exception cref="JsonException">It should ask one, but cannot be read.</exception>
    AskedModel? Read(LoopbackRequest request);

    /// <summary>The server-sent events of a whole answer: a text, and behind it a tool call where one is forged.</summary>
    string Write(string model, string text, ForgedCall? call);
}

/// <summary>A call that no caller has offered, of a tool that is the CLI's own.</summary>
internal sealed record ForgedCall(string Tool, string ArgumentsJson);

/// <summary>What a CLI has asked of a model.</summary>
/// <param name="Tools">All that the model is offered, by name; a vendor's built-in ones by their type.</param>
/// <param name="Texts">In their order, the instructions first.</param>
/// <param name="Body">The request as it came.</param>
internal sealed record AskedModel(string Model, IReadOnlyList<string> Tools, IReadOnlyList<AskedText> Texts, string Body);

/// <param name="Role">"system", "user" or "assistant", whatever the vendor calls it.</param>
internal sealed record AskedText(string Role, string Text);

/// <summary>Reads requests without trusting their shape, and writes the few values that answers need.</summary>
internal static class SelfTestJson
{
    public static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    public static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : string.Empty;

    public static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The texts of a member that is a text itself, or a list of parts with texts.</summary>
    public static IEnumerable<string> Texts(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text
            ? [text.GetString()!]
            : Items(element, name).Where(part => Member(part, "text") is not null).Select(part => Text(part, "text"));

    /// <summary>As a JSON text with its quotes.</summary>
    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
