using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Tokens of one response. Input tokens count cached ones, output tokens count reasoning.</summary>
internal sealed record ResponseUsage(
    ulong InputTokens,
    ResponseInputTokensDetails InputTokensDetails,
    ulong OutputTokens,
    ResponseOutputTokensDetails OutputTokensDetails,
    ulong TotalTokens)
{
    public static ResponseUsage Of(Usage usage) => new(
        usage.InputTokens,
        new ResponseInputTokensDetails(usage.CacheReadTokens, usage.CacheWriteTokens),
        usage.OutputTokens,
        new ResponseOutputTokensDetails(usage.ThinkingTokens),
        usage.InputTokens + usage.OutputTokens);
}
