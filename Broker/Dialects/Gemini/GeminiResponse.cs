using System.Text.Json.Serialization;
using Google.Protobuf;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>A <c>GenerateContentResponse</c>: a whole answer, or one piece of a stream.</summary>
internal sealed record GeminiResponse
{
    public required IReadOnlyList<Candidate> Candidates { get; init; }

    /// <summary>In a stream what is known so far; null: nothing.</summary>
    public GeminiUsage? UsageMetadata { get; init; }

    public required string ModelVersion { get; init; }

    public required string ResponseId { get; init; }

    public static GeminiResponse Of(CompletionCall call, Answer answer)
    {
        // Google tells a call whole or not at all.
        var parts = answer.Pieces(_ => call.ShowsThoughts).Where(piece => piece is not AnswerToolCall { IsWhole: false })
            .Select(GeminiPart.Of).ToList();

        // Clients read the text unasked: without a call there is one, if an empty one.
        if (parts.TrueForAll(part => part.Thought == true))
        {
            parts.Add(GeminiPart.OfText(string.Empty));
        }

        return Make(call, parts, FinishReasonOf(answer.Finished)) with { UsageMetadata = GeminiUsage.Of(answer.Usage) };
    }

    /// <summary>A piece of a streamed answer.</summary>
    public static GeminiResponse Piece(CompletionCall call, GeminiPart part, Usage usage) =>
        Make(call, [part]) with { UsageMetadata = GeminiUsage.SoFar(usage) };

    /// <summary>The end of a streamed answer, which says nothing more: clients read parts[0] unasked.</summary>
    public static GeminiResponse End(CompletionCall call, Usage usage, Finished finished) =>
        Make(call, [GeminiPart.OfText(string.Empty)], FinishReasonOf(finished)) with { UsageMetadata = GeminiUsage.Of(usage) };

    private static GeminiResponse Make(CompletionCall call, IReadOnlyList<GeminiPart> parts, string? finishReason = null) => new()
    {
        Candidates = [new Candidate(new Content(parts), finishReason)],
        ModelVersion = call.Model.StartsWith("models/", StringComparison.Ordinal) ? call.Model["models/".Length..] : call.Model,
        ResponseId = call.AnswerId,
    };

    // Google's STOP is also the word for a stop sequence and for function calls.
    private static string FinishReasonOf(Finished? finished) => finished?.StopReason switch
    {
        StopReason.MaxTokens => "MAX_TOKENS",
        StopReason.Refusal => "SAFETY",
        _ => "STOP",
    };

    internal sealed record Candidate(Content Content, string? FinishReason)
    {
        public int Index { get; }
    }

    internal sealed record Content(IReadOnlyList<GeminiPart> Parts)
    {
        public string Role { get; } = "model";
    }
}

/// <summary>A part of an answer: a text, a thought or a function call.</summary>
internal sealed record GeminiPart
{
    public LongText? Text { get; init; }

    public bool? Thought { get; init; }

    public string? ThoughtSignature { get; init; }

    public Call? FunctionCall { get; init; }

    public static GeminiPart Of(AnswerPiece piece) => piece switch
    {
        AnswerText text => OfText(new LongText(text.Pieces)),
        AnswerThought thought => OfThought(thought.Text, thought.Signature),
        AnswerToolCall call => OfCall(call.Id, call.Name, call.ArgumentsJson, call.Signature),
        _ => throw new NotSupportedException($"A piece of the type {piece.GetType()}."),
    };

    public static GeminiPart OfText(LongText text) => new() { Text = text };

    public static GeminiPart OfThought(string text, string signature) =>
        new() { Text = text, Thought = true, ThoughtSignature = signature.Length == 0 ? null : signature };

    public static GeminiPart OfCall(string id, string name, string argumentsJson, ByteString signature) => new()
    {
        FunctionCall = new Call(id, name, new RawJson(argumentsJson)),
        ThoughtSignature = signature.IsEmpty ? null : signature.ToBase64(),
    };

    internal sealed record Call(string Id, string Name, RawJson Args);
}

/// <summary>
/// Google's token figures: unlike ours, its candidates exclude thoughts. Its prompt includes what was cached, as ours does.
/// </summary>
internal sealed record GeminiUsage(ulong PromptTokenCount, ulong? CandidatesTokenCount, ulong TotalTokenCount)
{
    public ulong? CachedContentTokenCount { get; init; }

    public ulong? ThoughtsTokenCount { get; init; }

    /// <summary>
    /// While the answer comes: as in Google's own, what is not known yet is left out. Null where the prompt's figure is not known either.
    /// </summary>
    public static GeminiUsage? SoFar(Usage usage) => usage switch
    {
        { InputTokens: 0 } => null,
        { OutputTokens: 0 } => Of(usage) with { CandidatesTokenCount = null },
        _ => Of(usage),
    };

    public static GeminiUsage Of(Usage usage)
    {
        var candidates = usage.OutputTokens > usage.ThinkingTokens ? usage.OutputTokens - usage.ThinkingTokens : 0;
        return new GeminiUsage(usage.InputTokens, candidates, usage.InputTokens + usage.OutputTokens)
        {
            CachedContentTokenCount = usage.CacheReadTokens == 0 ? null : usage.CacheReadTokens,
            ThoughtsTokenCount = usage.ThinkingTokens == 0 ? null : usage.ThinkingTokens,
        };
    }
}
