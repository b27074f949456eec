using System.Text;
using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Conversations;

/// <summary>
/// What holds of each JSON Schema that a caller sends, whatever it is for. What it means beyond that is the matter of the vendor and of
/// the tunnel, which checks by it.
/// </summary>
internal static class CallerSchema
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = RequestBounds.SchemaDepth };

    /// <param name="json">A JSON object as compact text.</param>
    /// <returns>Its root.</returns>
    /// <exception cref="ApiException">Too large, too deep, or its properties are none.</exception>
    public static JsonElement Check(string json, FieldPath path)
    {
        if (Encoding.UTF8.GetByteCount(json) > RequestBounds.SchemaBytes)
        {
            throw Fail(path, $"the schema comes to more than {RequestBounds.SchemaBytes} bytes.");
        }

        var root = Parse(json, path);
        CheckRoot(root, path);
        return root;
    }

    public static ApiException Fail(FieldPath path, string message) =>
        new(ApiError.Invalid(path.ToString(), $"Invalid '{path}': {message}"));

    private static JsonElement Parse(string json, FieldPath path)
    {
        try
        {
            return JsonElement.Parse(json, Options);
        }
        catch (JsonException)
        {
            throw Fail(path, $"the schema is deeper than {RequestBounds.SchemaDepth} levels.");
        }
    }

    private static void CheckRoot(JsonElement schema, FieldPath path)
    {
        if (schema.TryGetProperty("properties", out var properties)
            && !(properties.ValueKind == JsonValueKind.Object && properties.EnumerateObject().All(property => IsSchema(property.Value))))
        {
            throw Fail(path, "the 'properties' of a schema must be an object of schemas.");
        }

        if (schema.TryGetProperty("required", out var required) && !IsListOfNames(required))
        {
            throw Fail(path, "'required' of a schema must be an array of names.");
        }
    }

    private static bool IsListOfNames(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String);

    private static bool IsSchema(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;
}
