using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// A tool's schema as the CLI takes it (<see cref="CliToolSchema"/>; for 2.1.197 each property must be an object). With a choice between
/// schemas at the root 2.1.197 drops the tool and 2.1.330 its whole schema.
/// </summary>
internal static class ClaudeToolSchema
{
    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    /// <exception cref="CliFailureException">INVALID_REQUEST: it is no JSON object of at most 128 levels.</exception>
    public static JsonElement Of(ToolSpec spec)
    {
        var schema = CliToolSchema.Read(spec);
        var properties = CliToolSchema.PropertiesOf(schema);

        // The model still learns what there may be; which of it goes together, it does not.
        foreach (var word in Choices)
        {
            Merge(schema[word] as JsonArray, properties);
            schema.Remove(word);
        }

        return CliToolSchema.Mended(schema);
    }

    private static void Merge(JsonArray? branches, JsonObject properties)
    {
        foreach (var (name, property) in (branches ?? []).OfType<JsonObject>().SelectMany(Properties))
        {
            properties.TryAdd(name, property?.DeepClone());
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonObject branch) => branch["properties"] as JsonObject ?? [];
}
