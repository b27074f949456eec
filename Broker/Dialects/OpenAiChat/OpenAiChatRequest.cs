using System.Security.Cryptography;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>
/// Reads the body of <c>POST /chat/completions</c>. Cursor posts a Responses body (<c>input</c>) here and expects chat chunks back.
/// </summary>
internal static class OpenAiChatRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString(RequestBounds.ModelId);
        OpenAiSettings.RefuseUnsupported(body);
        OpenAiSettings.RefuseReference(body.Optional("previous_response_id"));
        var requested = new List<RequestedFeature>();
        var sampling = OpenAiSettings.ReadSampling(body, requested);
        var thinking = OpenAiSettings.ReadThinking(body, requested, showsAll: true);
        OpenAiSettings.ReadInclude(body, requested, canSign: false);
        if (body.Optional("store") is { } store && store.AsBoolean())
        {
            requested.Add(store.Asking(string.Empty));
        }

        var functions = FunctionsOf(body);

        return new CompletionCall
        {
            Model = model,
            Offer = functions is { } old ? OpenAiFunctions.Read(old, body, requested) : OpenAiTools.Read(body, InputOf(body), requested),
            CallsFunctions = functions is not null,
            Format = OpenAiFormat.Read(body),
            Conversation = ReadConversation(body, requested),
            Sampling = sampling,
            Thinking = thinking,
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            IncludeUsage = body.Optional("stream_options")?.AsObject().Optional("include_usage")?.AsBoolean() ?? false,
            AnswerId = "chatcmpl-" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            CreatedAt = now,
            Requested = requested,
        };
    }

    // Null where the body has none: an empty list is none.
    private static RequestNode? FunctionsOf(RequestNode body)
    {
        if (body.Optional("functions") is { } functions && !functions.AsArray().IsEmpty)
        {
            return functions;
        }

        if (body.Optional("function_call") is { } choice)
        {
            OpenAiFunctions.RefuseForced(choice);
        }

        return null;
    }

    // Cursor sends the form of Responses here.
    private static RequestNode? InputOf(RequestNode body) => body.Optional("messages") is null ? body.Optional("input") : null;

    private static Conversation ReadConversation(RequestNode body, List<RequestedFeature> requested)
    {
        var input = InputOf(body);
        var conversation = new ConversationBuilder(input is null ? "messages" : "input");
        OpenAiContent.ReadInstructions(body.Optional("instructions"), conversation);
        if (input is { } items)
        {
            OpenAiInput.Read(items, conversation, requested, stored: null);
            return conversation.Build();
        }

        foreach (var message in body.Required("messages").AsArray(RequestBounds.Messages))
        {
            ReadMessage(message.AsObject(), conversation, requested);
        }

        return conversation.Build();
    }

    private static void ReadMessage(RequestNode message, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        var role = message.Required("role");
        switch (role.AsString())
        {
            case "system" or "developer":
                OpenAiContent.ReadInstructions(message.Optional("content"), conversation);
                break;
            case "user":
                OpenAiContent.ReadUser(message.Required("content"), conversation, requested);
                NameTheSpeaker(message, requested);
                break;
            case "assistant":
                OpenAiContent.ReadAssistant(message.Optional("content", "refusal"), conversation);
                ReadToolCalls(message, conversation, requested);
                break;
            case "tool":
                OpenAiContent.ReadToolResult(message.Required("tool_call_id"), message.Optional("content"), conversation, requested);
                break;
            case "function":
                OpenAiContent.ReadFunctionResult(message.Required("name"), message.Optional("content"), conversation, requested);
                break;
            case var other:
                throw role.Unsupported(
                    $"Invalid value: '{other}'. Supported values are: 'system', 'developer', 'user', 'assistant' and 'tool'.");
        }
    }

    // OpenAI tells its models who of several users speaks; no CLI can be told.
    private static void NameTheSpeaker(RequestNode message, List<RequestedFeature> requested)
    {
        if (message.String("name") is { Length: > 0 })
        {
            RequestedFeature.PassOver(requested, "messages", "name");
        }
    }

    private static void ReadToolCalls(RequestNode message, ConversationBuilder conversation, List<RequestedFeature> requested)
    {
        foreach (var call in message.List("tool_calls"))
        {
            var id = call.AsObject().Required("id");
            if (call.String("type") == "custom")
            {
                OpenAiContent.ReadCustomCall(id, call.Required("custom").AsObject(), conversation);
                continue;
            }

            if (call.String("type") is { } type && type != "function")
            {
                conversation.IgnoreToolCall(id.AsString(RequestBounds.ToolId));
                RequestedFeature.PassOver(requested, "messages.tool_calls", type);
                continue;
            }

            OpenAiContent.ReadToolCall(id, call.Required("function").AsObject(), conversation);
        }

        // The form of 2023, one call a message and without an id; its result comes from the role "function".
        if (message.Optional("function_call") is { } old)
        {
            OpenAiContent.ReadToolCall(null, old.AsObject(), conversation);
        }
    }
}
