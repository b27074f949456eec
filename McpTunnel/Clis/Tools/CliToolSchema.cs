using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Tools;

/// <summary>
/// A tool's schema as an MCP client takes it. One root that it does not take costs all tools of a mount, without a word: it must be of type
/// "object", each property an object, and <c>required</c> a list of names. What is below the root stays as it is.
/// </summary>
internal static class CliToolSchema
{
    /// <exception cref="CliFailureException">INVALID_REQUEST: it is no JSON object of at most 128 levels.</exception>
    public static JsonElement Of(ToolSpec spec) => Mended(Read(spec));

    /// <summary>Of type "object".</summary>
    /// <exception cref="CliFailureException">As of <see cref="Of"/>.</exception>
    public static JsonObject Read(ToolSpec spec)
    {
        var schema = Parse(spec);
        schema["type"] = "object";
        return schema;
    }

    /// <summary>As it is; empty where there is none.</summary>
    /// <param name="mostLevels">That the CLI reads of it.</param>
    /// <exception cref="CliFailureException">INVALID_REQUEST: it is no JSON object of so many levels at most.</exception>
    public static JsonObject Parse(ToolSpec spec, int mostLevels = TunnelProtocol.MaxJsonDepth)
    {
        if (spec.InputSchemaJson.Length == 0)
        {
            return [];
        }

        try
        {
            var options = new JsonDocumentOptions { MaxDepth = mostLevels, AllowDuplicateProperties = false };
            return JsonNode.Parse(spec.InputSchemaJson, documentOptions: options) as JsonObject ?? throw Unfit(mostLevels);
        }
        catch (JsonException)
        {
            throw Unfit(mostLevels);
        }
    }

    /// <summary>Those of the root: made where there are none.</summary>
    public static JsonObject PropertiesOf(JsonObject schema)
    {
        if (schema["properties"] is not JsonObject properties)
        {
            schema["properties"] = properties = [];
        }

        return properties;
    }

    /// <param name="schema">As it was read.</param>
    public static JsonElement Mended(JsonObject schema)
    {
        // "Anything" and "nothing", in the words that an object has for them.
        var properties = PropertiesOf(schema);
        foreach (var (name, property) in properties.Where(property => property.Value is not JsonObject).ToList())
        {
            properties[name] = property?.GetValueKind() == JsonValueKind.False ? new JsonObject { ["not"] = new JsonObject() } : [];
        }

        if (schema["required"] is not JsonArray required || required.Any(name => name?.GetValueKind() != JsonValueKind.String))
        {
            schema.Remove("required");
        }

        return CliToolCall.OneLine(writer => schema.WriteTo(writer));
    }

    private static CliFailureException Unfit(int mostLevels) =>
        new(FailureKind.InvalidRequest, $"The schema of a tool is not a JSON object of at most {mostLevels} levels.", 400);
}
