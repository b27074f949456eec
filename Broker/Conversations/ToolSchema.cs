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

        if (!CallerSchema.Check(json, path).TryGetProperty("type", out var type))
        {
            return $"{{\"type\":\"object\",{json.AsSpan(1)}";
        }

        return type.ValueKind == JsonValueKind.String && type.ValueEquals("object")
            ? json
            : throw CallerSchema.Fail(path, "a tool's schema must have the type 'object'.");
    }

    /// <summary>True for a choice between schemas at the root of one that <see cref="Of"/> has given.</summary>
    public static bool IsChoice(string schema)
    {
        using var document = JsonDocument.Parse(schema, Options);
        return Array.Exists(Choices, word => document.RootElement.TryGetProperty(word, out _));
    }
}
