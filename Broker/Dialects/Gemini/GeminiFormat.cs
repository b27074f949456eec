using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Reads the form of the answer from <c>generationConfig</c>: a MIME type, and a schema of Google's own or a JSON Schema (docs: "Structured
/// output").
/// </summary>
internal static class GeminiFormat
{
    // Google's JSON without a schema may be a list or a bare value, too.
    private const string AnyJson = "{}";

    /// <summary>Null where any text will do.</summary>
    public static AnswerFormat? Read(RequestNode config)
    {
        var schema = ReadSchema(config);
        var mime = config.Optional("responseMimeType", "response_mime_type");
        switch (mime?.AsString() ?? string.Empty)
        {
            case "" or "text/plain" when schema is { } alone:
                throw alone.Unsupported($"{alone.Path}: a schema needs the MIME type 'application/json': set responseMimeType to it.");
            case "" or "text/plain":
                return null;
            case "application/json":
                var form = new ResponseFormat { JsonSchema = schema is { } given ? TextOf(given) : AnyJson };
                return AnswerFormat.OfJson(mime!.Value.Path, form, (schema ?? mime).Value.Place!);
            case "text/x.enum":
                return ReadChoices(
                    mime!.Value.Path, schema ?? throw mime.Value.Unsupported($"{mime.Value.Path} 'text/x.enum' needs a responseSchema."));
            case var other:
                throw mime!.Value.Unsupported(
                    $"{mime.Value.Path} '{other}' is not supported: use 'application/json', 'text/x.enum' or 'text/plain'.");
        }
    }

    private static RequestNode? ReadSchema(RequestNode config)
    {
        RequestNode? found = null;
        Take(config.Optional("responseSchema", "response_schema"));
        Take(config.Optional("responseJsonSchema", "response_json_schema"));
        Take(config.Optional("responseJsonSchemaOrdered", "response_json_schema_ordered"));
        return found;

        void Take(RequestNode? schema)
        {
            if (schema is { } second && found is { } first)
            {
                throw second.Unsupported($"{second.Path} is not allowed where {first.Path} is set: send one of the two.");
            }

            found ??= schema;
        }
    }

    private static AnswerFormat ReadChoices(string field, RequestNode schema)
    {
        CallerSchema.Check(TextOf(schema), schema.Place!);
        var type = schema.Required("type");
        if (!type.AsString().Equals("STRING", StringComparison.OrdinalIgnoreCase))
        {
            throw type.Unsupported($"{type.Path} must be STRING where {field} is 'text/x.enum'.");
        }

        var values = schema.Required("enum");
        var choices = new List<string>();
        foreach (var value in values.AsArray())
        {
            choices.Add(value.AsString() is { Length: > 0 } choice ? choice : throw value.Unsupported($"{value.Path} must not be empty."));
        }

        return choices.Count > 0 ? AnswerFormat.OfChoices(field, choices) : throw values.Unsupported($"{values.Path} must hold a value.");
    }

    private static string TextOf(RequestNode schema) =>
        schema.Name is "responseSchema" or "response_schema" ? GeminiSchema.OfAnswer(schema) : schema.AsObjectText();
}
