using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// A tool's schema as the CLI takes it (<see cref="CliToolSchema"/>; for 2.1.197 each property must be an object). With a choice between
/// schemas at the root 2.1.197 drops the tool and 2.1.330 its whole schema. A name of a property that the vendor does not take is the
/// caller's to change: 2.1.330 drops the tool over it, 2.1.197 sends it.
/// </summary>
internal static partial class ClaudeToolSchema
{
    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    /// <exception cref="CliFailureException">
    /// INVALID_REQUEST: it is no JSON object of at most 128 levels, or the vendor does not take the name of a property.
    /// </exception>
    public static JsonElement Of(ToolSpec spec)
    {
        var schema = CliToolSchema.Read(spec);
        var properties = CliToolSchema.PropertiesOf(schema);

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

        return CliToolSchema.Mended(schema);
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
}
