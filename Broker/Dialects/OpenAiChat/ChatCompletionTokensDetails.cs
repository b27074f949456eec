namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>Parts of the completion tokens.</summary>
internal sealed record ChatCompletionTokensDetails(ulong ReasoningTokens)
{
    public ulong AudioTokens { get; }

    public ulong AcceptedPredictionTokens { get; }

    public ulong RejectedPredictionTokens { get; }
}
