using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Google's <c>Schema</c> as JSON Schema: types in lower case, <c>nullable</c> as a type, counts that stand in strings as numbers, names in
/// snake_case as they are in camelCase.
/// </summary>
internal static class GeminiSchema
{
    /// <summary>The schema of a function's arguments, which as a whole are never null.</summary>
    /// <returns>A JSON object as compact text.</returns>
    /// <exception cref="Errors.ApiException">No object, or an unknown type.</exception>
    public static string OfArguments(RequestNode schema) => Written(schema, json => Write(schema, isNullable: false, json));

    /// <summary>The schema of an answer.</summary>
    /// <inheritdoc cref="OfArguments"/>
    public static string OfAnswer(RequestNode schema) => Written(schema, json => Write(schema, json));

    private static string Written(RequestNode schema, Action<Utf8JsonWriter> write)
    {
        // What it holds is valid Unicode: the writer would throw at what is not.
        schema.AsObjectText();
        var written = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(written, JsonOutput.Options);
        write(json);
        json.Flush();
        return Encoding.UTF8.GetString(written.WrittenSpan);
    }

    private static void Write(RequestNode schema, Utf8JsonWriter json) =>
        Write(schema, schema.AsObject().Optional("nullable")?.AsBoolean() ?? false, json);

    private static void Write(RequestNode schema, bool isNullable, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var field in schema.Fields())
        {
            if (field.Kind != JsonValueKind.Null || field.Name == "default")
            {
                WriteField(field, isNullable, json);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteField(RequestNode field, bool isNullable, Utf8JsonWriter json)
    {
        switch (field.Name)
        {
            case "nullable" or "propertyOrdering" or "property_ordering":
                break;
            case "type":
                WriteType(field, isNullable, json);
                break;
            case "properties":
                json.WriteStartObject(field.Name);
                foreach (var property in field.Fields())
                {
                    json.WritePropertyName(property.Name!);
                    Write(property, json);
                }

                json.WriteEndObject();
                break;
            case "items":
                json.WritePropertyName(field.Name);
                Write(field, json);
                break;
            case "anyOf" or "any_of":
                WriteChoices(field, isNullable, json);
                break;
            case "enum" when isNullable:
                json.WriteStartArray(field.Name);
                foreach (var value in field.AsArray())
                {
                    value.Value.WriteTo(json);
                }

                json.WriteNullValue();
                json.WriteEndArray();
                break;
            case "example":
                json.WriteStartArray("examples");
                field.Value.WriteTo(json);
                json.WriteEndArray();
                break;
            case "minItems" or "min_items" or "maxItems" or "max_items" or "minLength" or "min_length" or "maxLength" or "max_length"
                or "minProperties" or "min_properties" or "maxProperties" or "max_properties" or "minimum" or "maximum":
                json.WritePropertyName(Camel(field.Name));
                field.Unquoted().Value.WriteTo(json);
                break;
            default:
                json.WritePropertyName(field.Name!);
                field.Value.WriteTo(json);
                break;
        }
    }

    private static void WriteType(RequestNode type, bool isNullable, Utf8JsonWriter json)
    {
        var name = type.AsString().ToLowerInvariant();
        switch (name)
        {
            case "type_unspecified":
                break;
            case "string" or "number" or "integer" or "boolean" or "array" or "object" or "null" when isNullable && name != "null":
                json.WriteStartArray("type");
                json.WriteStringValue(name);
                json.WriteStringValue("null");
                json.WriteEndArray();
                break;
            case "string" or "number" or "integer" or "boolean" or "array" or "object" or "null":
                json.WriteString("type", name);
                break;
            default:
                throw type.Unsupported(
                    $"{type.Path} must be STRING, NUMBER, INTEGER, BOOLEAN, ARRAY, OBJECT or NULL.");
        }
    }

    private static void WriteChoices(RequestNode choices, bool isNullable, Utf8JsonWriter json)
    {
        json.WriteStartArray("anyOf");
        foreach (var choice in choices.AsArray())
        {
            Write(choice, json);
        }

        if (isNullable)
        {
            json.WriteStartObject();
            json.WriteString("type", "null");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // min_items is minItems.
    private static string Camel(string name)
    {
        var at = name.IndexOf('_', StringComparison.Ordinal);
        return at < 0 ? name : $"{name[..at]}{char.ToUpperInvariant(name[at + 1])}{name[(at + 2)..]}";
    }
}
