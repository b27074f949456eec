using System.Text.Json;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Reads a Responses <c>input</c>: a string, or an array of items. Cursor posts it to chat completions too.</summary>
internal static class OpenAiInput
{
    public static void Read(RequestNode input, OpenAiConversation conversation)
    {
        switch (input.Kind)
        {
            case JsonValueKind.String:
                conversation.AddUser(input);
                break;
            case JsonValueKind.Array:
                var sameTurn = false;
                foreach (var item in input.AsArray())
                {
                    sameTurn = ReadItem(item.AsObject(), conversation, sameTurn);
                }

                break;
            default:
                throw input.WrongType("a string or an array of items");
        }
    }

    /// <summary>True when a function call that follows belongs to the same assistant turn.</summary>
    private static bool ReadItem(RequestNode item, OpenAiConversation conversation, bool sameTurn)
    {
        var type = item.Optional("type");
        switch (type?.AsString() ?? "message")
        {
            case "message":
                return ReadMessage(item, conversation);
            case "function_call":
                conversation.AddToolCall(item.Required("call_id"), item, sameTurn);
                return true;
            case "function_call_output":
                conversation.AddToolResult(item.Required("call_id"), item.Optional("output"));
                return false;
            case "reasoning":
                // Its meaning is sealed in encrypted_content, for OpenAI's eyes alone.
                return sameTurn;
            case "item_reference":
                throw type!.Value.Unsupported("Item references are not supported: no response is stored. Send the item itself.");
            case var other:
                throw type!.Value.Unsupported($"Items of type '{other}' are not supported yet.");
        }
    }

    private static bool ReadMessage(RequestNode item, OpenAiConversation conversation)
    {
        var role = item.Required("role");
        switch (role.AsString())
        {
            case "system" or "developer":
                conversation.AddInstructions(item.Optional("content"));
                return false;
            case "user":
                conversation.AddUser(item.Required("content"));
                return false;
            case "assistant":
                return conversation.AddAssistant(item.Optional("content"));
            case var other:
                throw role.Unsupported($"Invalid value: '{other}'. Supported roles of an item are 'system', 'developer', 'user' and 'assistant'.");
        }
    }
}
