using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Reads <c>output_config.format</c>, and <c>output_format</c> as the beta has it (docs: "Structured outputs").</summary>
internal static class AnthropicFormat
{
    /// <summary>Null where any text will do.</summary>
    public static AnswerFormat? Read(RequestNode body)
    {
        var wanted = Wanted(body.Optional("output_config")?.AsObject().Optional("format"));
        var beta = Wanted(body.Optional("output_format"));
        if (wanted is { } first && beta is { } second)
        {
            throw second.Unsupported($"{second.Path} is not allowed where {first.Path} is set: send one of the two.");
        }

        return (wanted ?? beta) is { } format ? ReadSchema(format) : null;
    }

    private static RequestNode? Wanted(RequestNode? field)
    {
        if (field?.AsObject() is not { } format)
        {
            return null;
        }

        var type = format.Required("type");
        return type.AsString() switch
        {
            "text" => null,
            "json_schema" => format,
            _ => throw type.Unsupported($"{type.Path} must be 'json_schema'."),
        };
    }

    private static AnswerFormat ReadSchema(RequestNode format)
    {
        var schema = format.Required("schema");
        return AnswerFormat.OfJson(format.Path, new ResponseFormat { JsonSchema = schema.AsObjectText() }, schema.Place!);
    }
}
