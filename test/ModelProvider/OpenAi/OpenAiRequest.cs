using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.OpenAi;

internal static class OpenAiRequest
{
    public static Conversation Read(JsonElement body)
    {
        var messages = body.Items("input").Select(ReadItem).OfType<ReceivedMessage>().ToList();
        if (body.Field("input") is { ValueKind: JsonValueKind.String } input)
        {
            messages.Add(new ReceivedMessage(ProviderRole.User) { Texts = [input.GetString()!] });
        }

        var leading = messages.TakeWhile(message => message.Role == ProviderRole.System).ToList();
        return new Conversation
        {
            SystemTexts = [.. body.Texts("instructions"), .. leading.Select(message => message.Text)],
            Messages = messages[leading.Count..],
            ToolNames =
            [
                .. ReadTools(body),
                .. body.Items("input").Where(item => item.Text("type") == "additional_tools").SelectMany(ReadTools),
            ],
        };
    }

    private static ReceivedMessage? ReadItem(JsonElement item)
    {
        switch (item.Text("type"))
        {
            case "message" or "":
                return ReadMessage(item);
            case "reasoning":
                return new ReceivedMessage(ProviderRole.Assistant) { Thinking = [.. item.Texts("summary")] };
            case "function_call_output" or "custom_tool_call_output":
                return new ReceivedMessage(ProviderRole.User)
                {
                    ToolResults = [new ReceivedToolResult(item.Text("call_id"), string.Concat(item.Texts("output")), IsError: false)],
                };
            case "function_call" or "custom_tool_call":
                var arguments = item.Text("arguments") + item.Text("input");
                return new ReceivedMessage(ProviderRole.Assistant)
                {
                    ToolCalls = [new ReceivedToolCall(item.Text("call_id"), item.Text("name"), arguments)],
                };
            default:
                return null;
        }
    }

    private static ReceivedMessage ReadMessage(JsonElement item)
    {
        var built = new MessageBuilder(item.Text("role") switch
        {
            "assistant" => ProviderRole.Assistant,
            "system" or "developer" => ProviderRole.System,
            _ => ProviderRole.User,
        });
        built.Texts.AddRange(item.Texts("content"));
        built.Media.AddRange(item.Items("content").Select(part => part.Text("type")).Where(type => type is "input_image" or "input_file"));
        return built.Build();
    }

    /// <summary>A tool without a name goes by its type; a namespace shows its tools as <c>namespace.tool</c>.</summary>
    private static IEnumerable<string> ReadTools(JsonElement owner) => owner.Items("tools").SelectMany(tool =>
        tool.Text("type") == "namespace" ? ReadTools(tool).Select(name => $"{tool.Text("name")}.{name}")
        : tool.Text("name") is { Length: > 0 } name ? [name]
        : [tool.Text("type")]);
}
