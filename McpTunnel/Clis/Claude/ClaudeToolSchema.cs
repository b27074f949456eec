using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// A tool's schema as the CLI takes it. One root that it does not take costs all tools of the mount, without a word (2.1.197, 2.1.330): it
/// must be of type "object", <c>required</c> a list, and for 2.1.197 each property an object. With a choice between schemas at the root
/// 2.1.197 drops the tool and 2.1.330 its whole schema. What is below the root stays as it is.
/// </summary>
internal static class ClaudeToolSchema
{
    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    private static readonly JsonDocumentOptions Options =
        new() { MaxDepth = TunnelProtocol.MaxJsonDepth, AllowDuplicateProperties = false };

    /// <exception cref="CliFailureException">INVALID_REQUEST: it is no JSON object of at most 128 levels.</exception>
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
            Merge(schema[word] as JsonArray, properties);
            schema.Remove(word);
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

    private static void Merge(JsonArray? branches, JsonObject properties)
    {
        foreach (var (name, property) in (branches ?? []).OfType<JsonObject>().SelectMany(Properties))
        {
            properties.TryAdd(name, property?.DeepClone());
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Properties(JsonObject branch) => branch["properties"] as JsonObject ?? [];

    private static CliFailureException Unfit() =>
        new(FailureKind.InvalidRequest, "The schema of a tool is not a JSON object of at most 128 levels.", 400);
}
