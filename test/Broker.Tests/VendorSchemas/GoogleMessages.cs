using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>What Google publishes of its messages (Data/google.json), held against JSON by the rules of protobuf's JSON mapping.</summary>
internal static class GoogleMessages
{
    private const string Package = "google.ai.generativelanguage.v1beta.";

    private static readonly JsonNode Facts = VendorSchema.Facts("google");

    /// <summary>What a body has against a message; none: it is one.</summary>
    /// <param name="message">Without its package: <c>GenerateContentResponse</c>.</param>
    public static IEnumerable<string> Problems(string message, string body) =>
        OfMessage(Package + message, JsonElement.Parse(body), message).Select(problem => $"{problem} in {body}");

    /// <summary>The same of an error: <c>google.rpc.Status</c>, as the API wraps it for HTTP.</summary>
    public static IEnumerable<string> ProblemsOfError(string body)
    {
        var error = JsonElement.Parse(body).GetProperty("error");
        var status = error.GetProperty("status").GetString()!;
        if (Facts["httpOfCode"]![status] is null)
        {
            yield return $"There is no code {status} in {body}";
        }

        var rpc = JsonElement.Parse(JsonNode.Parse(error.GetRawText())!.AsObject().Where(member => member.Key != "status")
            .Aggregate(new JsonObject(), (all, member) =>
            {
                all[member.Key] = member.Value?.DeepClone();
                return all;
            }).ToJsonString());
        foreach (var problem in OfMessage("google.rpc.Status", rpc, "error"))
        {
            yield return $"{problem} in {body}";
        }
    }

    private static IEnumerable<string> OfMessage(string type, JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return [$"{place} is no object"];
        }

        var fields = Facts["messages"]![type]!.AsObject();
        return value.EnumerateObject().SelectMany(member => fields[member.Name] is { } field
            ? OfField(field, member.Value, $"{place}.{member.Name}")
            : [$"{place}.{member.Name} is no field of {type}"]);
    }

    private static IEnumerable<string> OfField(JsonNode field, JsonElement value, string place)
    {
        var type = (string)field["type"]!;
        if ((bool?)field["repeated"] is not true)
        {
            return OfValue(type, value, place);
        }

        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().SelectMany((item, index) => OfValue(type, item, $"{place}[{index}]"))
            : [$"{place} is no list"];
    }

    private static IEnumerable<string> OfValue(string type, JsonElement value, string place)
    {
        if (Facts["enums"]![type] is JsonArray words)
        {
            return words.Any(word => (string?)word == value.GetString()) ? [] : [$"{place} is no {type}: {value}"];
        }

        if (type == "google.protobuf.Any")
        {
            var named = value.GetProperty("@type").GetString()!["type.googleapis.com/".Length..];
            var rest = JsonNode.Parse(value.GetRawText())!.AsObject();
            rest.Remove("@type");
            return OfMessage(named, JsonElement.Parse(rest.ToJsonString()), place);
        }

        var fits = type switch
        {
            "string" => value.ValueKind == JsonValueKind.String,
            "bool" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "int32" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
            "float" or "double" => value.ValueKind == JsonValueKind.Number,
            "bytes" => value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out _),
            "google.protobuf.Struct" => value.ValueKind == JsonValueKind.Object,
            "google.protobuf.Duration" => value.ValueKind == JsonValueKind.String && value.GetString()!.EndsWith('s'),
            _ => (bool?)null,
        };
        return fits switch
        {
            null when Facts["messages"]![type] is not null => OfMessage(type, value, place),
            null => [$"{place} is of a type that nobody knows: {type}"],
            true => [],
            false => [$"{place} is no {type}: {value}"],
        };
    }
}
