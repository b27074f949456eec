using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Google's token figures: unlike ours, its candidates exclude thoughts. Its prompt includes what was cached, as ours does.</summary>
internal sealed record GeminiUsage(ulong PromptTokenCount, ulong CandidatesTokenCount, ulong TotalTokenCount)
{
    public ulong? CachedContentTokenCount { get; init; }

    public ulong? ThoughtsTokenCount { get; init; }

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
