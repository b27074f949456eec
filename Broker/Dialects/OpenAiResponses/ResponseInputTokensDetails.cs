namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Parts of the input tokens.</summary>
internal sealed record ResponseInputTokensDetails(ulong CachedTokens, ulong CacheWriteTokens);
