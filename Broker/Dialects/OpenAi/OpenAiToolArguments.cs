using System.Text.Json;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Reads the <c>arguments</c> of a tool call in the history: a JSON object, as text.</summary>
internal static class OpenAiToolArguments
{
    public static string Read(RequestNode? arguments)
    {
        var text = arguments?.AsString();
        if (string.IsNullOrWhiteSpace(text))
        {
            return "{}";
        }

        return IsObject(text) ? text : throw arguments!.Value.Unsupported($"Invalid '{arguments.Value.Path}': the text is not a JSON object.");
    }

    private static bool IsObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
