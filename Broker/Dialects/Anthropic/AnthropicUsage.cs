using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Anthropic's token figures: unlike ours, its input excludes what the prompt cache read and wrote.</summary>
internal sealed record AnthropicUsage(ulong InputTokens, ulong CacheCreationInputTokens, ulong CacheReadInputTokens, ulong OutputTokens)
{
    public static AnthropicUsage Of(Usage usage)
    {
        var cached = usage.CacheReadTokens + usage.CacheWriteTokens;
        var input = usage.InputTokens > cached ? usage.InputTokens - cached : 0;
        return new AnthropicUsage(input, usage.CacheWriteTokens, usage.CacheReadTokens, usage.OutputTokens);
    }
}
