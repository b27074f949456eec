using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.Gemini;

internal static class GeminiRequest
{
    public static Conversation Read(JsonElement body) => new()
    {
        SystemTexts = [.. (body.Field("systemInstruction") ?? body.Field("system_instruction"))?.Texts("parts") ?? []],
        Messages = [.. body.Items("contents").Select(ReadContent)],
        ToolNames = [.. body.Items("tools").SelectMany(ReadTool)],
    };

    private static ReceivedMessage ReadContent(JsonElement content)
    {
        var built = new MessageBuilder(content.Text("role") == "model" ? ProviderRole.Assistant : ProviderRole.User);
        foreach (var part in content.Items("parts"))
        {
            if (part.Field("text") is not null)
            {
                (part.Flag("thought") ? built.Thinking : built.Texts).Add(part.Text("text"));
            }
            else if (part.Field("functionCall") is { } call)
            {
                built.ToolCalls.Add(new ReceivedToolCall(call.Text("id"), call.Text("name"), call.Raw("args")));
            }
            else if (part.Field("functionResponse") is { } result)
            {
                built.ToolResults.Add(new ReceivedToolResult(result.Text("id"), result.Raw("response"), IsError: false));
            }
            else if (part.Field("inlineData") is { } media)
            {
                built.Media.Add(media.Text("mimeType"));
            }
        }

        return built.Build();
    }

    /// <summary>Functions by name; Google's own tools (<c>googleSearch</c>) by their field.</summary>
    private static IEnumerable<string> ReadTool(JsonElement tool) => tool.EnumerateObject().SelectMany(field =>
        field.Name == "functionDeclarations" ? tool.Items(field.Name).Select(function => function.Text("name")) : [field.Name]);
}
