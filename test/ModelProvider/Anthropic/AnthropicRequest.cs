using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.Anthropic;

internal static class AnthropicRequest
{
    public static Conversation Read(JsonElement body) => new()
    {
        SystemTexts = [.. body.Texts("system")],
        Messages = [.. body.Items("messages").Select(ReadMessage)],
        ToolNames = [.. body.Items("tools").Select(tool => tool.Text("name"))],
    };

    private static ReceivedMessage ReadMessage(JsonElement message)
    {
        var built = new MessageBuilder(message.Text("role") switch
        {
            "assistant" => ProviderRole.Assistant,
            "system" => ProviderRole.System,
            _ => ProviderRole.User,
        });
        if (message.Field("content") is { ValueKind: JsonValueKind.String })
        {
            built.Texts.AddRange(message.Texts("content"));
        }

        foreach (var block in message.Items("content"))
        {
            ReadBlock(block, built);
        }

        return built.Build();
    }

    private static void ReadBlock(JsonElement block, MessageBuilder built)
    {
        switch (block.Text("type"))
        {
            case "text":
                built.Texts.Add(block.Text("text"));
                break;
            case "thinking":
                built.Thinking.Add(block.Text("thinking"));
                break;
            case "tool_use":
                built.ToolCalls.Add(new ReceivedToolCall(block.Text("id"), block.Text("name"), block.Raw("input")));
                break;
            case "tool_result":
                var text = string.Concat(block.Texts("content"));
                built.ToolResults.Add(new ReceivedToolResult(block.Text("tool_use_id"), text, block.Flag("is_error")));
                break;
            case "image" or "document":
                built.Media.Add(block.Field("source")?.Text("media_type") ?? string.Empty);
                break;
        }
    }
}
