using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>
/// Reads the body of <c>POST /chat/completions</c>. A history may end with the assistant, as OpenAI allows: it is passed on as it is.
/// Cursor posts a Responses body (<c>input</c>) here and expects chat chunks back.
/// </summary>
internal static class OpenAiChatRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString();
        OpenAiUnsupported.Refuse(body);
        var sampling = OpenAiSampling.Read(body);
        var conversation = new OpenAiConversation();
        conversation.AddInstructions(body.Optional("instructions"));
        var source = body.Optional("messages") ?? body.Optional("input") ?? body.Required("messages");
        if (source.Path == "input")
        {
            OpenAiInput.Read(source, conversation);
        }
        else
        {
            OpenAiChatMessages.Read(source, conversation);
        }

        return new CompletionCall
        {
            Model = model,
            Item = conversation.ToWorkItem(source, sampling.Sampling),
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            IncludeUsage = body.Optional("stream_options")?.AsObject().Optional("include_usage")?.AsBoolean() ?? false,
            AnswerId = OpenAiIds.New("chatcmpl-"),
            CreatedAt = now,
            Requested = sampling.Requested,
        };
    }
}
