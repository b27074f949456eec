using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>
/// What OpenAI and Anthropic publish of their bodies and events, reduced to facts (Data; each names its source), as JSON Schema. Only a
/// vendor's own answers weigh more: the changes made here name the field.
/// </summary>
internal sealed class VendorSchema
{
    // What says neither yes nor no here; the recursion is that of a file search's filters, which we never send.
    private static readonly string[] PassedOver = ["nullable", "discriminator", "format", "$recursiveAnchor", "$recursiveRef"];

    private readonly JsonObject _schemas;
    private readonly Dictionary<string, JsonSchema> _built = [];

    private VendorSchema(string vendor)
    {
        _schemas = (JsonObject)Changed(Facts(vendor)["schemas"]!);
        if (vendor == "openai")
        {
            // Its own answers have null there.
            foreach (var chat in (string[])["CreateChatCompletionResponse", "CreateChatCompletionStreamResponse"])
            {
                _schemas[chat]!["properties"]!["system_fingerprint"]!["type"] = new JsonArray("string", "null");
            }

            _schemas["ModelResponseProperties"]!["properties"]!["user"]!["type"] = new JsonArray("string", "null");
            _schemas["ResponseUsage"]!["type"] = new JsonArray("object", "null");
            foreach (var (name, schema) in (JsonObject)Changed(Facts("openai-compaction")["schemas"]!))
            {
                _schemas[name] = schema!.DeepClone();
            }
        }

        if (vendor == "openai-completions")
        {
            // Its own streams have null there until the end.
            var properties = _schemas["CreateCompletionResponse"]!["properties"]!;
            properties["usage"] = new JsonObject
            {
                ["anyOf"] = new JsonArray(properties["usage"]!.DeepClone(), new JsonObject { ["type"] = "null" }),
            };
            var reason = properties["choices"]!["items"]!["properties"]!["finish_reason"]!;
            reason["type"] = new JsonArray("string", "null");
            reason["enum"]!.AsArray().Add(null);
        }
    }

    public static VendorSchema OpenAi { get; } = new("openai");

    /// <summary>The text completions, of the same document.</summary>
    public static VendorSchema OpenAiCompletions { get; } = new("openai-completions");

    public static VendorSchema Anthropic { get; } = new("anthropic");

    /// <summary>A file of Data.</summary>
    public static JsonNode Facts(string vendor)
    {
        using var stream = typeof(VendorSchema).Assembly.GetManifestResourceStream($"Polydev.VendorSchemas.{vendor}.json")!;
        return JsonNode.Parse(stream)!;
    }

    /// <summary>What a body has against a schema; none: it is valid.</summary>
    public IEnumerable<string> Problems(string schema, string body)
    {
        if (!_built.TryGetValue(schema, out var built))
        {
            var whole = new JsonObject { ["$defs"] = _schemas.DeepClone(), ["$ref"] = $"#/$defs/{schema}" };
            var options = new BuildOptions { SchemaRegistry = new SchemaRegistry() };
            _built[schema] = built = JsonSchema.Build(JsonElement.Parse(whole.ToJsonString()), options);
        }

        var found = built.Evaluate(JsonElement.Parse(body), new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (found.IsValid)
        {
            return [];
        }

        var errors = (found.Details ?? []).Append(found)
            .SelectMany(detail => (detail.Errors ?? []).Select(error => $"{detail.InstanceLocation} {error.Key}: {error.Value}"));
        return [$"{schema}: {string.Join("; ", errors.Distinct().Take(40))} in {body}"];
    }

    /// <summary>The same of an event: its schema is the one whose <c>type</c> is the event's.</summary>
    public IEnumerable<string> ProblemsOfEvent(string body)
    {
        var type = (string?)JsonNode.Parse(body)!["type"];
        var schema = _schemas.Where(named => named.Key.EndsWith("Event", StringComparison.Ordinal)).FirstOrDefault(
            named => TypesOf(named.Value!).Contains(type)).Key;
        return schema is null ? [$"There is no event {type}: {body}"] : Problems(schema, body);
    }

    private static IEnumerable<string?> TypesOf(JsonNode schema) => schema["properties"]?["type"] switch
    {
        { } type when type["enum"] is JsonArray words => words.Select(word => (string?)word),
        { } type when type["const"] is { } word => [(string?)word],
        _ => [],
    };

    // OpenAPI's references, and its "nullable" of before 3.1.
    private static JsonNode Changed(JsonNode schema)
    {
        switch (schema)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(item => item is null ? null : Changed(item))]);
            case JsonObject members:
                var changed = new JsonObject();
                foreach (var (name, value) in members.Where(member => !PassedOver.Contains(member.Key)))
                {
                    changed[name] = name == "$ref"
                        ? ((string)value!).Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal)
                        : value is null ? null : Changed(value);
                }

                return members["nullable"] is JsonValue nullable && nullable.TryGetValue<bool>(out var isNullable) && isNullable
                    ? new JsonObject { ["anyOf"] = new JsonArray(changed, new JsonObject { ["type"] = "null" }) }
                    : changed;
            default:
                return schema.DeepClone();
        }
    }
}
