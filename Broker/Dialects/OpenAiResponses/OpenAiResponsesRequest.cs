using System.Security.Cryptography;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// Reads the body of <c>POST /responses</c>. <c>store</c> is accepted and nothing is stored: the answer says <c>store: false</c>.
/// </summary>
internal static class OpenAiResponsesRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString(RequestBounds.ModelId);
        RefuseWhatIsStored(body);
        OpenAiSettings.RefuseUnsupported(body);
        var requested = new List<RequestedFeature>();
        var sampling = OpenAiSettings.ReadSampling(body, requested);
        var thinking = OpenAiSettings.ReadThinking(body, requested, canShow: true);
        var conversation = new ConversationBuilder("input");
        var instructions = body.Optional("instructions");
        OpenAiContent.ReadInstructions(instructions, conversation);
        OpenAiInput.Read(body.Required("input"), conversation, requested);
        _ = body.Optional("store")?.AsBoolean();
        NameWhatIsNotDone(body, requested);

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

    // The answer is still one to the question: only its extras are missing, or nothing is cut from a conversation that is too long.
    private static void NameWhatIsNotDone(RequestNode body, List<RequestedFeature> requested)
    {
        if (body.Optional("truncation") is { } truncation && truncation.AsString() != "disabled")
        {
            requested.Add(truncation.Asking(string.Empty));
        }

        if (body.Optional("include") is { } include && !include.AsArray().IsEmpty)
        {
            requested.Add(include.Asking(string.Empty));
        }
    }

    private static void RefuseWhatIsStored(RequestNode body)
    {
        if (body.Optional("background") is { } background && background.AsBoolean())
        {
            throw background.Unsupported("'background' is not supported: no response is stored. Leave it out, and stream instead.");
        }

        if (body.Optional("previous_response_id", "conversation", "prompt") is { } stored)
        {
            throw stored.Unsupported($"'{stored.Path}' is not supported: nothing is stored here. Send the whole conversation as 'input'.");
        }
    }
}
