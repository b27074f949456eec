using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Reads the body of <c>POST /responses</c>. <c>store</c> is accepted and nothing is stored: the answer says <c>store: false</c>.</summary>
internal static class OpenAiResponsesRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString();
        RefuseWhatIsStored(body);
        OpenAiUnsupported.Refuse(body);
        var sampling = OpenAiSampling.Read(body);
        var conversation = new OpenAiConversation();
        conversation.AddInstructions(body.Optional("instructions"));
        var input = body.Required("input");
        OpenAiInput.Read(input, conversation);
        _ = body.Optional("store")?.AsBoolean();

        return new CompletionCall
        {
            Model = model,
            Item = conversation.ToWorkItem(input, sampling.Sampling),
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            AnswerId = OpenAiIds.New("resp_"),
            CreatedAt = now,
            Requested = sampling.Requested,
        };
    }

    private static void RefuseWhatIsStored(RequestNode body)
    {
        if (body.Optional("background") is { } background && background.AsBoolean())
        {
            throw background.Unsupported("'background' is not supported: no response is stored. Leave it out, and stream instead.");
        }

        foreach (var name in (string[])["previous_response_id", "conversation", "prompt"])
        {
            if (body.Optional(name) is { } stored)
            {
                throw stored.Unsupported($"'{name}' is not supported: nothing is stored here. Send the whole conversation as 'input'.");
            }
        }
    }
}
