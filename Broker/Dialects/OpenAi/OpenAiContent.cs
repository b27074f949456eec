using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads what OpenAI's two dialects share of a conversation: contents (a string, an array of parts, or null), tool calls and their results.
/// </summary>
internal static class OpenAiContent
{
    public static void ReadInstructions(RequestNode? content, ConversationBuilder conversation) =>
        ReadTexts(content, conversation, static (conversation, text) => conversation.AddInstructions(text));

    /// <param name="requested">Takes what of a picture no CLI can be told.</param>
    public static void ReadUser(RequestNode? content, ConversationBuilder conversation, List<RequestedFeature> requested) =>
        Read(content, new UserContent(conversation), requested);

    public static void ReadAssistant(RequestNode? content, ConversationBuilder conversation) =>
        ReadTexts(content, conversation, static (conversation, text) => conversation.AddText(Role.Assistant, text));

    /// <summary>A call that the assistant made.</summary>
    /// <param name="id">Null in the oldest form (<c>function_call</c>), whose results name the function.</param>
    /// <param name="function">Holds its name and its arguments.</param>
    public static void ReadToolCall(RequestNode? id, RequestNode function, ConversationBuilder conversation)
    {
        var name = function.Required("name");
        var written = id?.AsString(RequestBounds.ToolId) ?? string.Empty;
        var call = new ToolCallPart
        {
            Id = ToolCallId.Original(written),
            Name = name.AsString(RequestBounds.ToolName),
            ArgumentsJson = function.Optional("arguments")?.AsTextOfObject() ?? "{}",
        };
        conversation.AddToolCall(call, (id ?? name).Place!, written);
    }

    /// <summary>A call of a custom tool: to the model it has one argument.</summary>
    /// <param name="custom">Holds its name and its text.</param>
    public static void ReadCustomCall(RequestNode id, RequestNode custom, ConversationBuilder conversation)
    {
        var written = id.AsString(RequestBounds.ToolId);
        var call = new ToolCallPart
        {
            Id = ToolCallId.Original(written),
            Name = custom.Required("name").AsString(RequestBounds.ToolName),
            ArgumentsJson = OpenAiCustomTools.Arguments(custom),
        };
        conversation.AddToolCall(call, id.Place!, written);
    }

    /// <summary>The caller's answer to the call of this id.</summary>
    public static void ReadToolResult(
        RequestNode callId, RequestNode? content, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var written = callId.AsString(RequestBounds.ToolId);
        var result = new ToolResultPart { ToolCallId = ToolCallId.Original(written) };
        Read(content, new UserContent(conversation, result), requested);
        conversation.AddToolResult(result, callId.Place!, written);
    }

    /// <summary>The caller's answer to the latest call of this function.</summary>
    public static void ReadFunctionResult(
        RequestNode name, RequestNode? content, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var result = new ToolResultPart { Name = name.AsString(RequestBounds.ToolName) };
        Read(content, new UserContent(conversation, result), requested);
        conversation.AddToolResult(result, name.Place!, string.Empty);
    }

    private static void Read(RequestNode? content, UserContent into, List<RequestedFeature> requested)
    {
        if (content is not { Kind: JsonValueKind.Array } parts)
        {
            ReadTexts(content, into, static (into, text) => into.AddText(text));
            return;
        }

        foreach (var part in parts.AsArray())
        {
            if (OpenAiMedia.Read(part.AsObject(), into.Conversation.Source, requested) is { } media)
            {
                into.AddMedia(media);
            }
            else
            {
                into.AddText(TextOf(part, "send text, pictures or PDF files"));
            }
        }
    }

    private static void ReadTexts<T>(RequestNode? content, T target, Action<T, string> add)
    {
        if (content is not { } node)
        {
            return;
        }

        if (node.Kind == JsonValueKind.String)
        {
            add(target, node.AsString());
            return;
        }

        if (node.Kind != JsonValueKind.Array)
        {
            throw node.WrongType("a string or an array of content parts");
        }

        foreach (var part in node.AsArray())
        {
            add(target, TextOf(part, "send text. Pictures and files are the user's and the tools'"));
        }
    }

    private static string TextOf(RequestNode part, string instead)
    {
        var type = part.AsObject().Required("type");
        return type.AsString() switch
        {
            "text" or "input_text" or "output_text" => part.Required("text").AsString(),
            // The assistant's own earlier refusal, sent back as a part of the history.
            "refusal" => part.Required("refusal").AsString(),
            var other => throw type.Unsupported($"Content parts of type '{other}' are not supported here: {instead}."),
        };
    }
}
