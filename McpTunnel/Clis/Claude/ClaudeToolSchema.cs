using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// A tool's schema as the CLI takes it. One root that it does not take costs all tools of the mount, without a word (2.1.197, 2.1.330): it
/// must be of type "object", <c>required</c> a list, and for 2.1.197 each property an object. With a choice between schemas at the root
/// 2.1.197 drops the tool and 2.1.330 its whole schema. What is below the root stays as it is. A name of a property that the vendor does
/// not take is the caller's to change: 2.1.330 drops the tool over it, 2.1.197 sends it.
/// </summary>
internal static partial class ClaudeToolSchema
{
    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    private static readonly JsonDocumentOptions Options =
        new() { MaxDepth = TunnelProtocol.MaxJsonDepth, AllowDuplicateProperties = false };

    /// <exception cref="CliFailureException">
    /// INVALID_REQUEST: it is no JSON object of at most 128 levels, or the vendor does not take the name of a property.
    /// </exception>
    public static JsonElement Of(ToolSpec spec)
    {
        var schema = Read(spec);
        schema["type"] = "object";
        if (schema["properties"] is not JsonObject properties)
        {
            schema["properties"] = properties = [];
        }

        // The model still learns what there may be; which of it goes together, it does not.
        foreach (var word in Choices)
        {
            Merge(schema, schema[word] as JsonArray, properties);
            schema.Remove(word);
        }

        if (properties.Any(property => !PropertyName().IsMatch(property.Key)))
        {
            throw OddProperty(spec.Name);
        }

        // "Anything" and "nothing", in the words that an object has for them.
        foreach (var (name, property) in properties.Where(property => property.Value is not JsonObject).ToList())
        {
            properties[name] = property?.GetValueKind() == JsonValueKind.False ? new JsonObject { ["not"] = new JsonObject() } : [];
        }

        if (schema["required"] is not JsonArray)
        {
            schema.Remove("required");
        }

        return CliToolCall.OneLine(writer => schema.WriteTo(writer));
    }

    private static JsonObject Read(ToolSpec spec)
    {
        try
        {
            return spec.InputSchemaJson.Length == 0
                ? []
                : JsonNode.Parse(spec.InputSchemaJson, documentOptions: Options) as JsonObject ?? throw Unfit();
        }
        catch (JsonException)
        {
            throw Unfit();
        }
    }

    private static void Merge(JsonObject schema, JsonArray? branches, JsonObject properties)
    {
        var meant = (branches ?? []).Select(branch => Named(schema, branch)).OfType<JsonObject>();
        foreach (var (name, property) in meant.SelectMany(Properties).ToList())
        {
            properties.TryAdd(name, property?.DeepClone());
        }
    }

    // A branch that is but a name, as generators write them: "#/$defs/Base".
    private static JsonNode? Named(JsonObject schema, JsonNode? branch)
    {
        if (branch is not JsonObject { Count: > 0 } named || named["$ref"] is not JsonValue reference
            || !reference.TryGetValue<string>(out var path) || !path.StartsWith("#/", StringComparison.Ordinal))
        {
            return branch;
        }

        return path[2..].Split('/').Aggregate((JsonNode?)schema, (node, part) => (node as JsonObject)?[part]);
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonObject branch) => branch["properties"] as JsonObject ?? [];

    // As the vendor's own refusal says it ("Property keys should match pattern").
    [GeneratedRegex(@"^[A-Za-z0-9_.-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PropertyName();

    private static CliFailureException OddProperty(string tool) => new(
        FailureKind.InvalidRequest,
        $"The schema of the tool '{CliText.Redact(tool)}' has a property whose name Claude does not take: at most 64 letters (a-z, A-Z), "
        + "digits, '_', '.' and '-'.",
        400);

    private static CliFailureException Unfit() =>
        new(FailureKind.InvalidRequest, "The schema of a tool is not a JSON object of at most 128 levels.", 400);
}
