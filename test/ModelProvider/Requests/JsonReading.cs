using System.Text.Json;

namespace Polydev.ModelProvider.Requests;

/// <summary>Lenient reading: a test provider takes what a CLI sends, the test judges it.</summary>
internal static class JsonReading
{
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null
            ? found
            : null;

    public static string Text(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : string.Empty;

    public static bool Flag(this JsonElement element, string name) => element.Field(name) is { ValueKind: JsonValueKind.True };

    public static string Raw(this JsonElement element, string name) => element.Field(name)?.GetRawText() ?? string.Empty;

    /// <summary>The texts of a value that is a string, or an array of parts with a <c>text</c>.</summary>
    public static IEnumerable<string> Texts(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } text => [text.GetString()!],
        { ValueKind: JsonValueKind.Array } parts =>
            [.. parts.EnumerateArray().Where(part => part.Field("text") is not null).Select(part => part.Text("text"))],
        _ => [],
    };
}
