using System.Security.Cryptography;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiCompletions;

/// <summary>
/// Reads the body of <c>POST /completions</c>: the prompt is what a user says. Without <c>max_tokens</c> OpenAI's answer ends after 16
/// tokens; ours is whole.
/// </summary>
internal static class OpenAiCompletionsRequest
{
    // OpenAI's own (docs: "Create completion", logprobs).
    private const uint MostLogprobs = 5;

    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model").AsString(RequestBounds.ModelId);
        OpenAiSettings.RefuseOtherCompletions(body);
        var requested = new List<RequestedFeature>();
        var sampling = OpenAiSettings.ReadSampling(body, requested);
        if (body.Optional("logprobs") is { } logprobs)
        {
            logprobs.AsCountWithin(0, MostLogprobs);
            requested.Add(logprobs.Asking(string.Empty));
        }

        return new CompletionCall
        {
            Model = model,
            Conversation = ReadPrompt(body.Required("prompt")),
            Sampling = sampling,
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            IncludeUsage = body.Optional("stream_options")?.AsObject().Optional("include_usage")?.AsBoolean() ?? false,
            AnswerId = "cmpl-" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            CreatedAt = now,
            Requested = requested,
        };
    }

    private static Conversation ReadPrompt(RequestNode prompt)
    {
        var conversation = new ConversationBuilder("prompt");
        if (prompt.Kind == JsonValueKind.String)
        {
            conversation.AddText(Role.User, prompt.AsString());
            return conversation.Build();
        }

        if (prompt.Kind != JsonValueKind.Array)
        {
            throw prompt.WrongType("a string or an array of one string");
        }

        foreach (var each in prompt.AsArray())
        {
            if (each.Kind is JsonValueKind.Number or JsonValueKind.Array)
            {
                throw prompt.Unsupported("'prompt' is not supported as tokens: send it as text.");
            }

            conversation.AddText(Role.User, each.AsString());
        }

        return prompt.AsArray().Length <= 1
            ? conversation.Build()
            : throw prompt.Unsupported("Only one prompt for each call is supported: 'prompt' must hold one.");
    }
}
