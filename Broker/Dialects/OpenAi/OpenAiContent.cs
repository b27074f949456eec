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

    public static void ReadUser(RequestNode? content, ConversationBuilder conversation) =>
        ReadTexts(content, conversation, static (conversation, text) => conversation.AddText(Role.User, text));

    public static void ReadAssistant(RequestNode? content, ConversationBuilder conversation) =>
        ReadTexts(content, conversation, static (conversation, text) => conversation.AddText(Role.Assistant, text));

    /// <summary>A call that the assistant made.</summary>
    /// <param name="function">Holds its name and its arguments.</param>
    public static void ReadToolCall(RequestNode id, RequestNode function, ConversationBuilder conversation)
    {
        var call = new ToolCallPart
        {
            Id = id.AsString(),
            Name = function.Required("name").AsString(),
            ArgumentsJson = ReadArguments(function.Optional("arguments")),
        };
        conversation.AddToolCall(call, id.Place!);
    }

    /// <summary>The caller's answer to a call.</summary>
    public static void ReadToolResult(RequestNode callId, RequestNode? content, ConversationBuilder conversation)
    {
        var result = new ToolResultPart { ToolCallId = callId.AsString() };
        ReadTexts(content, result, static (result, text) => result.Content.Add(new Part { Text = new TextPart { Text = text } }));
        conversation.AddToolResult(result, callId.Place!);
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
            add(target, TextOf(part));
        }
    }

    private static string TextOf(RequestNode part)
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

    // A JSON object, as text; some clients write nothing at all for none.
    private static string ReadArguments(RequestNode? arguments)
    {
        var text = arguments?.AsString();
        if (string.IsNullOrWhiteSpace(text))
        {
            return "{}";
        }

        return IsObject(text)
            ? text
            : throw arguments!.Value.Unsupported($"Invalid '{arguments.Value.Path}': the text is not a JSON object.");
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
