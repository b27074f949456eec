using System.Security.Cryptography;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// Reads the body of <c>POST /responses</c>. Whoever asks to <c>store</c> is told that nothing is: the answer says <c>store: false</c>.
/// </summary>
internal static class OpenAiResponsesRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString(RequestBounds.ModelId);
        OpenAiSettings.RefuseUnsupported(body);
        var requested = new List<RequestedFeature>();
        var sampling = OpenAiSettings.ReadSampling(body, requested);
        var thinking = OpenAiSettings.ReadThinking(body, requested, canShow: true);
        var conversation = new ConversationBuilder("input");
        var instructions = body.Optional("instructions");
        OpenAiContent.ReadInstructions(instructions, conversation);

        // Instructions alone are answered too.
        var input = instructions is null ? body.Required("input") : body.Optional("input");
        if (input is { } items)
        {
            OpenAiInput.Read(items, conversation, requested);
        }

        return new CompletionCall
        {
            Model = model,
            Conversation = conversation.Build(),
            Sampling = sampling,
            Thinking = thinking,
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            AnswerId = "resp_" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            CreatedAt = now,
            Requested = requested,
            Echo = ReadEcho(body),
        };
    }

    private static RequestEcho ReadEcho(RequestNode body)
    {
        var reasoning = body.Optional("reasoning");
        var instructions = body.Optional("instructions");
        return instructions is null && reasoning is null
            ? RequestEcho.Nothing
            : new RequestEcho(
                instructions is { Kind: JsonValueKind.String } text ? text.AsString() : null,
                reasoning?.String("effort"),
                reasoning?.Optional("summary", "generate_summary")?.AsString());
    }
}
