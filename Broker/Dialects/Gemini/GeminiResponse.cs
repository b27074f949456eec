using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>A <c>GenerateContentResponse</c>: a whole answer, or one piece of a stream.</summary>
internal sealed record GeminiResponse
{
    public required IReadOnlyList<Candidate> Candidates { get; init; }

    /// <summary>Only with the end of the answer.</summary>
    public GeminiUsage? UsageMetadata { get; init; }

    public required string ModelVersion { get; init; }

    public required string ResponseId { get; init; }

    public static GeminiResponse Of(CompletionCall call, Answer answer) =>
        End(call, answer.Text, answer.ToolCalls, answer.Usage, answer.Finished);

    public static GeminiResponse Piece(CompletionCall call, string text) => Make(call, [GeminiPart.OfText(text)]);

    /// <summary>The end of an answer: the text that is still to say, the calls, and how it ended.</summary>
    public static GeminiResponse End(CompletionCall call, string text, IReadOnlyList<AnswerToolCall> calls, Usage usage, Finished? finished)
    {
        // Clients read parts[0] unasked: without a call there is a text, if an empty one.
        IEnumerable<GeminiPart> before = text.Length == 0 && calls.Count > 0 ? [] : [GeminiPart.OfText(text)];
        return Make(call, [.. before, .. calls.Select(GeminiPart.OfCall)], FinishReasonOf(finished)) with { UsageMetadata = GeminiUsage.Of(usage) };
    }

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
