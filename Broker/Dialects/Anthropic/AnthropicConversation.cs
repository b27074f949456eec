using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Reads <c>system</c> and <c>messages</c>. Contents are a string, or an array of blocks.</summary>
internal static class AnthropicConversation
{
    /// <param name="requested">Takes the kinds of blocks that were passed over.</param>
    public static Conversation Read(RequestNode body, List<RequestedFeature> requested)
    {
        var conversation = new ConversationBuilder("messages") { RefusesInstructionsAlone = true, ContinuesTheAssistant = true };
        if (body.Optional("system") is { } system)
        {
            ReadInstructions(system, conversation);
        }

        foreach (var message in body.Required("messages").AsArray(RequestBounds.Messages))
        {
            ReadMessage(message.AsObject(), conversation, requested);
        }

        return conversation.Build();
    }

    internal static RequestList Blocks(RequestNode content) =>
        content.Kind == JsonValueKind.Array ? content.AsArray() : throw content.WrongType("a string or an array");

    internal static string ReadText(RequestNode block)
    {
        var type = block.AsObject().Required("type");
        return type.AsString() == "text" ? block.Required("text").AsString() : throw Refuse(type);
    }

    private static void ReadMessage(RequestNode message, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var role = message.Required("role");
        var content = message.Required("content");
        switch (role.AsString())
        {
            case "user":
                ReadUser(content, conversation, requested);
                break;
            case "assistant":
                ReadAssistant(content, conversation, requested);
                break;
            case "system":
                ReadInstructions(content, conversation);
                break;
            default:
                throw role.Unsupported($"{role.Path} must be 'user', 'assistant' or 'system'.");
        }
    }

    private static void ReadInstructions(RequestNode content, ConversationBuilder conversation)
    {
        if (content.Kind == JsonValueKind.String)
        {
            conversation.AddInstructions(content.AsString());
            return;
        }

        foreach (var block in Blocks(content))
        {
            conversation.AddInstructions(ReadText(block));
        }
    }

    private static void ReadUser(RequestNode content, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        if (content.Kind == JsonValueKind.String)
        {
            conversation.AddText(Role.User, content.AsString());
            return;
        }

        foreach (var block in Blocks(content))
        {
            if (block.AsObject().Required("type").AsString() == "tool_result")
            {
                ReadToolResult(block, conversation, requested);
            }
            else
            {
                ReadBlock(block, new UserContent(conversation), requested);
            }
        }
    }

    private static void ReadBlock(RequestNode block, UserContent into, List<RequestedFeature> requested)
    {
        switch (block.AsObject().Required("type").AsString())
        {
            case "image":
                into.AddMedia(AnthropicMedia.ReadImage(block));
                break;
            case "document":
                AnthropicMedia.ReadDocument(block, into, requested);
                break;
            default:
                into.AddText(ReadText(block));
                break;
        }
    }

    private static void ReadAssistant(RequestNode content, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        if (content.Kind == JsonValueKind.String)
        {
            conversation.AddText(Role.Assistant, content.AsString());
            return;
        }

        foreach (var block in Blocks(content))
        {
            switch (block.AsObject().Required("type").AsString())
            {
                case "text":
                    conversation.AddText(Role.Assistant, ReadText(block));
                    break;
                case "tool_use":
                    ReadToolUse(block, conversation);
                    break;
                case "thinking":
                    var thought = block.String("thinking") ?? string.Empty;
                    conversation.AddThinking(new ThinkingPart { Text = thought, Signature = block.String("signature") ?? string.Empty });
                    break;
                case "redacted_thinking":
                    conversation.AddThinking(new ThinkingPart { Signature = block.Required("data").AsString(), Redacted = true });
                    break;
                case "image" or "document":
                    // Anthropic has none of the assistant's either.
                    throw Refuse(block.Required("type"));
                case var other:
                    RequestedFeature.PassOver(requested, "messages.content", other);
                    break;
            }
        }
    }

    private static void ReadToolUse(RequestNode block, ConversationBuilder conversation)
    {
        var id = block.Required("id");
        var written = id.AsString(RequestBounds.ToolId);
        var call = new ToolCallPart
        {
            Id = ToolCallId.Original(written),
            Name = block.Required("name").AsString(RequestBounds.ToolName),
            ArgumentsJson = block.Required("input").AsObjectText(),
        };
        conversation.AddToolCall(call, id.Place!, written);
    }

    private static void ReadToolResult(RequestNode block, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var id = block.Required("tool_use_id");
        var written = id.AsString(RequestBounds.ToolId);
        var result = new ToolResultPart
        {
            ToolCallId = ToolCallId.Original(written),
            IsError = block.Optional("is_error")?.AsBoolean() ?? false,
        };
        var into = new UserContent(conversation, result);
        if (block.Optional("content") is { Kind: JsonValueKind.String } text)
        {
            into.AddText(text.AsString());
        }
        else if (block.Optional("content") is { } content)
        {
            foreach (var part in Blocks(content))
            {
                ReadBlock(part, into, requested);
            }
        }

        conversation.AddToolResult(result, id.Place!, written);
    }

    private static ApiException Refuse(RequestNode type) =>
        type.Unsupported($"{type.Path}: a block of type '{type.AsString()}' is not supported here.");
}
