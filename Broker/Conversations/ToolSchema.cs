using System.Text;
using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The schema of a tool's arguments: a JSON Schema of an object. What a schema means beyond that is the vendor's matter; this much is
/// needed so that no CLI drops the tool.
/// </summary>
internal static class ToolSchema
{
    private const string Empty = """{"type":"object","properties":{}}""";

    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = RequestBounds.SchemaDepth };

    /// <summary>The schema, with its type said where it was not.</summary>
    /// <param name="json">A JSON object as compact text; empty: no arguments.</param>
    /// <exception cref="ApiException">Too large, too deep, or not that of an object.</exception>
    public static string Of(string json, FieldPath path)
    {
        if (json.Length is 0 or 2)
        {
            return Empty;
        }

        if (Encoding.UTF8.GetByteCount(json) > RequestBounds.SchemaBytes)
        {
            throw Fail(path, $"the schema comes to more than {RequestBounds.SchemaBytes} bytes.");
        }

        using var document = Parse(json, path);
        return Check(document.RootElement, path) ? json : $"{{\"type\":\"object\",{json.AsSpan(1)}";
    }

    /// <summary>True for a choice between schemas at the root of one that <see cref="Of"/> has given.</summary>
    public static bool IsChoice(string schema)
    {
        using var document = JsonDocument.Parse(schema, Options);
        return Array.Exists(Choices, word => document.RootElement.TryGetProperty(word, out _));
    }

    private static JsonDocument Parse(string json, FieldPath path)
    {
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException)
        {
            throw Fail(path, $"the schema is deeper than {RequestBounds.SchemaDepth} levels.");
        }
    }

    // False where it says no type.
    private static bool Check(JsonElement schema, FieldPath path)
    {
        var hasType = schema.TryGetProperty("type", out var type);
        if (hasType && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("object")))
        {
            throw Fail(path, "a tool's schema must have the type 'object'.");
        }

        if (schema.TryGetProperty("properties", out var properties)
            && !(properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().All(property => IsSchema(property.Value))))
        {
            throw Fail(path, "the 'properties' of a schema must be an object of schemas.");
        }

        if (schema.TryGetProperty("required", out var required) && !IsListOfNames(required))
        {
            throw Fail(path, "'required' of a schema must be an array of names.");
        }

        return hasType;
    }

    private static bool IsListOfNames(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String);

    private static bool IsSchema(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;

    private static ApiException Fail(FieldPath path, string message) =>
        new(ApiError.Invalid(path.ToString(), $"Invalid '{path}': {message}"));
}
