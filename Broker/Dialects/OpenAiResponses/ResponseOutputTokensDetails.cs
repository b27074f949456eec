namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Parts of the output tokens.</summary>
internal sealed record ResponseOutputTokensDetails(ulong ReasoningTokens);
