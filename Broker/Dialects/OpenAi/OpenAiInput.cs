using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Reads a Responses <c>input</c>: a string, or an array of items. Cursor posts it to chat completions too.</summary>
internal static class OpenAiInput
{
    /// <summary>The type of an item that stands for one of an earlier response.</summary>
    public const string Reference = "item_reference";

    /// <param name="stored">Finds the item of an <c>item_reference</c> by its id; null: none is stored.</param>
    public static void Read(
        RequestNode input, ConversationBuilder conversation, List<RequestedFeature> requested, Func<RequestNode, RequestNode>? stored)
    {
        switch (input.Kind)
        {
            case JsonValueKind.String:
                OpenAiContent.ReadUser(input, conversation, requested);
                break;
            case JsonValueKind.Array:
                Read(input.AsArray(RequestBounds.Messages), conversation, requested, stored);

                break;
            default:
                throw input.WrongType("a string or an array of items");
        }
    }

    public static void Read(
        RequestList items, ConversationBuilder conversation, List<RequestedFeature> requested, Func<RequestNode, RequestNode>? stored)
    {
        foreach (var item in items)
        {
            var isReference = item.AsObject().Optional("type") is { Kind: JsonValueKind.String } type && type.AsString() == Reference;
            ReadItem(isReference && stored is not null ? stored(item) : item, conversation, requested);
        }
    }

    private static void ReadItem(RequestNode item, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var type = item.Optional("type");
        switch (type?.AsString() ?? "message")
        {
            case "message":
                ReadMessage(item, conversation, requested);
                break;
            case "function_call":
                OpenAiContent.ReadToolCall(item.Required("call_id"), item, conversation);
                break;
            case "custom_tool_call":
                OpenAiContent.ReadCustomCall(item.Required("call_id"), item, conversation);
                break;
            case "function_call_output" or "custom_tool_call_output":
                OpenAiContent.ReadToolResult(item.Required("call_id"), item.Optional("output"), conversation, requested);
                break;
            case "additional_tools":
                // They are the offer's (OpenAiTools).
                break;
            case "reasoning":
                // What OpenAI has sealed is for its eyes alone.
                if (item.String("encrypted_content") is { } content && SealedThought.Open(content) is { } thought)
                {
                    conversation.AddThinking(thought);
                }

                break;
            case "compaction":
                // As with thoughts, what OpenAI has sealed is for its eyes alone; but without it a part of the conversation is missing.
                if (item.String("encrypted_content") is { } sealedText && SealedSummary.Open(sealedText) is { } summary)
                {
                    conversation.AddText(Role.Assistant, $"Summary of the conversation until here:\n\n{summary}");
                }
                else
                {
                    PassOver(item, "compaction", conversation, requested);
                }

                break;
            case Reference:
                throw type!.Value.Unsupported("Item references are not supported here: no response is stored. Send the item itself.");
            case var other:
                PassOver(item, other, conversation, requested);
                break;
        }
    }

    private static void ReadMessage(RequestNode item, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var role = item.Required("role");
        switch (role.AsString())
        {
            case "system" or "developer":
                OpenAiContent.ReadInstructions(item.Optional("content"), conversation);
                break;
            case "user":
                OpenAiContent.ReadUser(item.Required("content"), conversation, requested);
                break;
            case "assistant":
                OpenAiContent.ReadAssistant(item.Optional("content"), conversation);
                break;
            case var other:
                throw role.Unsupported(
                    $"Invalid value: '{other}'. Supported roles of an item are 'system', 'developer', 'user' and 'assistant'.");
        }
    }

    // What OpenAI's own tools once did (web_search_call), or a kind newer than we are; Codex as a client sends them.
    private static void PassOver(RequestNode item, string type, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        if (item.Optional("call_id") is { Kind: JsonValueKind.String } id)
        {
            conversation.IgnoreToolCall(id.AsString(RequestBounds.ToolId));
        }

        RequestedFeature.PassOver(requested, "input", type);
    }
}
