namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>Parts of the prompt tokens.</summary>
internal sealed record ChatPromptTokensDetails(ulong CachedTokens)
{
    public ulong AudioTokens { get; }
}
