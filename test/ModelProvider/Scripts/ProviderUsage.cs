namespace Polydev.ModelProvider.Scripts;

/// <summary>
/// Tokens as one figure for all dialects. <see cref="Input"/> counts fresh, cache-read and cache-written tokens together, as OpenAI and
/// Google report it; Anthropic's fields get the difference. <see cref="Output"/> includes <see cref="Reasoning"/> (Google's fields get the difference).
/// </summary>
public sealed record ProviderUsage(int Input, int Output)
{
    public int CacheRead { get; init; }

    public int CacheWrite { get; init; }

    public int Reasoning { get; init; }
}
