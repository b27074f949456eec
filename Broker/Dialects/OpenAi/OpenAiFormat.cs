using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads the form of the answer: <c>response_format</c> of Chat and <c>text.format</c> of Responses (docs: "Structured model outputs").
/// Chat puts the schema and its name into a field of their own and Responses does not; clients mix the two.
/// </summary>
internal static class OpenAiFormat
{
    // OpenAI's own.
    private const int LongestName = 64;

    /// <summary>
    /// Null where any text will do. For any JSON, OpenAI wants the word "json" in the messages; here the tunnel tells the model.
    /// </summary>
    public static AnswerFormat? Read(RequestNode body)
    {
        var chat = ReadFormat(body.Optional("response_format"));
        var responses = ReadFormat(body.Optional("text")?.AsObject().Optional("format"));
        if (chat is not null && responses is not null)
        {
            throw new ApiException(ApiError.Invalid(
                responses.Field, $"'{responses.Field}' is not allowed where '{chat.Field}' is specified: send one of the two."));
        }

        return chat ?? responses;
    }

    private static AnswerFormat? ReadFormat(RequestNode? field)
    {
        if (field?.AsObject() is not { } format)
        {
            return null;
        }

        var type = format.Required("type");
        return type.AsString() switch
        {
            "text" => null,
            "json_object" => AnswerFormat.OfAnyObject(format.Path),
            "json_schema" => ReadSchema(format),
            var other => throw type.Unsupported(
                $"Invalid value for '{type.Path}': '{other}'. Supported values are: 'text', 'json_object' and 'json_schema'."),
        };
    }

    private static AnswerFormat ReadSchema(RequestNode format)
    {
        var isFlat = format.Optional("json_schema") is null && (format.Name == "format" || format.Optional("schema") is not null);
        var given = isFlat ? format : format.Required("json_schema").AsObject();
        var name = given.Required("name");

        // Chat's may be without one.
        var schema = isFlat ? given.Required("schema") : given.Optional("schema");
        var form = new ResponseFormat
        {
            Name = ReadName(name),
            Description = given.Optional("description")?.AsString(RequestBounds.Description) ?? string.Empty,
            JsonSchema = schema?.AsObjectText() ?? string.Empty,
        };
        return AnswerFormat.OfJson(format.Path, form, (schema ?? name).Place!) with { Strict = given.Optional("strict")?.AsBoolean() };
    }

    private static string ReadName(RequestNode field)
    {
        var name = field.AsString(LongestName);
        return name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
            ? name
            : throw field.Unsupported(
                $"Invalid '{field.Path}': a name is 1 to {LongestName} letters (a-z, A-Z), digits, '_' and '-'.");
    }
}
