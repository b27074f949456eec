using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>Tokens of one answer. Prompt tokens count cached ones, completion tokens count reasoning.</summary>
internal sealed record ChatUsage(
    ulong PromptTokens,
    ulong CompletionTokens,
    ulong TotalTokens,
    ChatPromptTokensDetails PromptTokensDetails,
    ChatCompletionTokensDetails CompletionTokensDetails)
{
    public static ChatUsage Of(Usage usage) => new(
        usage.InputTokens,
        usage.OutputTokens,
        usage.InputTokens + usage.OutputTokens,
        new ChatPromptTokensDetails(usage.CacheReadTokens),
        new ChatCompletionTokensDetails(usage.ThinkingTokens));
}
