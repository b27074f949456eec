using System.Collections.Frozen;
using System.Text.Json;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Tools;

/// <summary>
/// The part of JSON Schema that a vendor takes for the form of an answer. It refuses the whole call for anything else in a schema: such a
/// one is told to the model in words instead.
/// </summary>
internal sealed class VendorSchema
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    // Of those that hold no schema.
    private readonly FrozenSet<string> _words;

    private VendorSchema(params string[] words) =>
        _words = words.Concat(["type", "enum", "const", "description", "title"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>
    /// OpenAI's, which Codex always asks for as strict: every property required, nested 10 deep at most (docs: "Structured model outputs",
    /// supported schemas).
    /// </summary>
    public static VendorSchema OpenAi { get; } = new(
        "pattern", "format", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "minItems", "maxItems")
    {
        RequiresAll = true,
        TakesReferences = true,
        MostLevels = 10,
    };

    /// <summary>
    /// Anthropic's (docs: "Structured outputs", JSON Schema limitations): no bounds of numbers, texts and lists, no recursion.
    /// </summary>
    public static VendorSchema Anthropic { get; } = new("default");

    private bool RequiresAll { get; init; }

    // Whether one goes round is not looked at.
    private bool TakesReferences { get; init; }

    private int MostLevels { get; init; } = 32;

    /// <param name="json">An object, as text.</param>
    public bool Takes(string json)
    {
        try
        {
            var schema = JsonElement.Parse(json, Options);
            return IsOf(schema, "object") && IsSchema(schema, 0);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsOf(JsonElement schema, string type) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var named)
        && named.ValueKind == JsonValueKind.String && named.ValueEquals(type);

    private bool IsSchema(JsonElement schema, int level) =>
        schema.ValueKind == JsonValueKind.Object && level <= MostLevels
        && (!IsOf(schema, "object") || IsClosed(schema))
        && schema.EnumerateObject().All(member => Says(member, level));

    private bool Says(JsonProperty member, int level) => member.Name switch
    {
        "properties" or "$defs" => member.Value.ValueKind == JsonValueKind.Object
            && member.Value.EnumerateObject().All(property => IsSchema(property.Value, level + 1)),
        "items" => IsSchema(member.Value, level + 1),
        "anyOf" => level > 0 && member.Value.ValueKind == JsonValueKind.Array
            && member.Value.EnumerateArray().All(branch => IsSchema(branch, level + 1)),
        "$ref" => TakesReferences && member.Value.ValueKind == JsonValueKind.String && member.Value.GetString()!.StartsWith('#'),
        "required" or "additionalProperties" or "$schema" => true,
        _ => _words.Contains(member.Name) && IsPlain(member.Value),
    };

    private static bool IsPlain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => false,
        JsonValueKind.Array => value.EnumerateArray().All(item => item.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)),
        _ => true,
    };

    private bool IsClosed(JsonElement schema)
    {
        if (!schema.TryGetProperty("additionalProperties", out var others) || others.ValueKind != JsonValueKind.False)
        {
            return false;
        }

        var names = schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().Select(property => property.Name).ToHashSet(StringComparer.Ordinal)
            : [];
        var required = schema.TryGetProperty("required", out var listed) && listed.ValueKind == JsonValueKind.Array
            ? listed.EnumerateArray().Select(name => name.ToString()).ToHashSet(StringComparer.Ordinal)
            : [];
        return RequiresAll ? names.SetEquals(required) : required.IsSubsetOf(names);
    }
}
