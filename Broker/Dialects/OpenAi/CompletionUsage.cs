using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Tokens of a chat's answer or a text completion. Prompt tokens count cached ones, completion tokens count reasoning.</summary>
internal sealed record CompletionUsage(
    ulong PromptTokens,
    ulong CompletionTokens,
    ulong TotalTokens,
    CompletionUsage.PromptDetails PromptTokensDetails,
    CompletionUsage.CompletionDetails CompletionTokensDetails)
{
    public static CompletionUsage Of(Usage usage) => new(
        usage.InputTokens,
        usage.OutputTokens,
        usage.InputTokens + usage.OutputTokens,
        new PromptDetails(usage.CacheReadTokens),
        new CompletionDetails(usage.ThinkingTokens));

    /// <summary>Parts of the prompt tokens.</summary>
    internal sealed record PromptDetails(ulong CachedTokens)
    {
        public ulong AudioTokens { get; }
    }

    /// <summary>Parts of the completion tokens.</summary>
    internal sealed record CompletionDetails(ulong ReasoningTokens)
    {
        public ulong AudioTokens { get; }

        public ulong AcceptedPredictionTokens { get; }

        public ulong RejectedPredictionTokens { get; }
    }
}
