using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Reads a <c>content</c>: a string, an array of parts, or null.</summary>
internal static class OpenAiContent
{
    /// <summary>The texts that are not empty, in their order.</summary>
    public static IEnumerable<string> Texts(RequestNode? content)
    {
        if (content is not { } node)
        {
            return [];
        }

        var texts = node.Kind switch
        {
            JsonValueKind.String => [node.AsString()],
            JsonValueKind.Array => node.AsArray().Select(PartText),
            _ => throw node.WrongType("a string or an array of content parts"),
        };
        return texts.Where(text => text.Length > 0);
    }

    public static IEnumerable<Part> Parts(RequestNode? content) =>
        Texts(content).Select(text => new Part { Text = new TextPart { Text = text } });

    private static string PartText(RequestNode part)
    {
        var type = part.AsObject().Required("type");
        return type.AsString() switch
        {
            "text" or "input_text" or "output_text" => part.Required("text").AsString(),
            // The assistant's own earlier refusal, sent back as a part of the history.
            "refusal" => part.Required("refusal").AsString(),
            var other => throw type.Unsupported($"Content parts of type '{other}' are not supported yet: send text."),
        };
    }
}
