using System.Security.Cryptography;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>
/// Reads the body of <c>POST /responses</c>, and of its <c>/input_tokens</c>. What it goes on from is read before its own input, as if the
/// caller had sent it again.
/// </summary>
internal static class OpenAiResponsesRequest
{
    private const string CountedAs = "gpt-5.3-codex";

    public static CompletionCall Read(RequestNode body, CompletionPath path, DateTimeOffset now)
    {
        // A count may go without: it is then that of OpenAI's models.
        var named = path.Counts ? body.Optional("model") : body.Required("model");
        var model = named?.AsString(RequestBounds.ModelId) ?? CountedAs;
        OpenAiSettings.RefuseUnsupported(body);
        RefuseFunctions(body);
        var requested = new List<RequestedFeature>();
        var sampling = OpenAiSettings.ReadSampling(body, requested);
        var thinking = OpenAiSettings.ReadThinking(body, requested, showsAll: false);
        var signs = OpenAiSettings.ReadInclude(body, requested, canSign: thinking is { IncludeThoughts: true });
        var offer = OpenAiTools.Read(body, body.Optional("input"), requested);
        var conversation = new ConversationBuilder("input");
        var instructions = body.Optional("instructions");
        OpenAiContent.ReadInstructions(instructions, conversation);

        var find = ResponseRecord.Finder(path.Earlier);
        var previous = ResponseRecord.ReadChain(body, path.Earlier, conversation);

        // Instructions alone are answered too.
        var input = instructions is null && previous is null ? body.Required("input") : body.Optional("input");
        if (input is { } items)
        {
            OpenAiInput.Read(items, conversation, requested, find);
        }

        var id = "resp_" + RandomNumberGenerator.GetHexString(32, lowercase: true);

        return new CompletionCall
        {
            Model = model,
            Conversation = conversation.Build(),
            Offer = offer,
            Format = OpenAiFormat.Read(body),
            Sampling = sampling,
            Thinking = thinking,
            SignsThoughts = signs,
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            AnswerId = id,
            ToStore = path.Counts ? null : ResponseRecord.Begin(id, body, previous, find),
            CreatedAt = now,
            Requested = requested,
            Echo = ReadEcho(body, previous),
        };
    }

    private static RequestEcho ReadEcho(RequestNode body, string? previous)
    {
        var reasoning = body.Optional("reasoning");
        return new RequestEcho
        {
            Instructions = body.Optional("instructions") is { Kind: JsonValueKind.String } text ? text.AsString() : null,
            Effort = reasoning?.String("effort"),
            Summary = reasoning?.Optional("summary", "generate_summary")?.AsString(),
            ToolChoice = body.Optional("tool_choice") is { } choice ? JsonOf(choice) : null,
            ParallelToolCalls = body.Optional("parallel_tool_calls")?.AsBoolean(),
            Metadata = body.Optional("metadata")?.AsObjectText(),
            User = body.String("user"),
            SafetyIdentifier = body.String("safety_identifier"),
            PromptCacheKey = body.String("prompt_cache_key"),
            PreviousResponseId = previous,
        };
    }

    // A word that has been read is one of a few.
    private static string JsonOf(RequestNode choice) =>
        choice.Kind == JsonValueKind.String ? $"\"{choice.AsString()}\"" : choice.AsObjectText();

    // Chat's form of 2023, which this API never had a word for.
    private static void RefuseFunctions(RequestNode body)
    {
        if (body.Optional("functions") is { } functions && !functions.AsArray().IsEmpty)
        {
            throw functions.Unsupported($"Unsupported parameter: '{functions.Path}'. Send 'tools' instead.");
        }

        if (body.Optional("function_call") is { } choice && OpenAiTools.Forces(choice))
        {
            throw choice.Unsupported($"Unsupported parameter: '{choice.Path}'. Send 'tool_choice' instead.");
        }
    }
}
