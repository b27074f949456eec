using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>Reads a chat's <c>messages</c>.</summary>
internal static class OpenAiChatMessages
{
    public static void Read(RequestNode messages, OpenAiConversation conversation)
    {
        foreach (var message in messages.AsArray())
        {
            ReadMessage(message.AsObject(), conversation);
        }
    }

    private static void ReadMessage(RequestNode message, OpenAiConversation conversation)
    {
        var role = message.Required("role");
        switch (role.AsString())
        {
            case "system" or "developer":
                conversation.AddInstructions(message.Optional("content"));
                break;
            case "user":
                conversation.AddUser(message.Required("content"));
                break;
            case "assistant":
                ReadAssistant(message, conversation);
                break;
            case "tool":
                conversation.AddToolResult(message.Required("tool_call_id"), message.Optional("content"));
                break;
            case var other:
                throw role.Unsupported($"Invalid value: '{other}'. Supported values are: 'system', 'developer', 'user', 'assistant' and 'tool'.");
        }
    }

    private static void ReadAssistant(RequestNode message, OpenAiConversation conversation)
    {
        var sameTurn = conversation.AddAssistant(message.Optional("content", "refusal"));
        foreach (var call in message.Optional("tool_calls")?.AsArray() ?? [])
        {
            var type = call.AsObject().Optional("type");
            if (type is { } given && given.AsString() != "function")
            {
                throw given.Unsupported($"Tool calls of type '{given.AsString()}' are not supported yet.");
            }

            conversation.AddToolCall(call.Required("id"), call.Required("function").AsObject(), sameTurn);
            sameTurn = true;
        }
    }
}
