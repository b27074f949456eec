using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>The vendor's usage figures of one turn. <c>message_start</c> tells the input, <c>message_delta</c> what has changed since.</summary>
internal sealed class ClaudeUsage
{
    private ulong _fresh;
    private ulong _cacheRead;
    private ulong _cacheWrite;
    private ulong _output;
    private ulong _thinking;

    public void Take(JsonElement usage)
    {
        _fresh = usage.CountOf("input_tokens") ?? _fresh;
        _cacheRead = usage.CountOf("cache_read_input_tokens") ?? _cacheRead;
        _cacheWrite = usage.CountOf("cache_creation_input_tokens") ?? _cacheWrite;
        _output = usage.CountOf("output_tokens") ?? _output;
        _thinking = usage.Member("output_tokens_details")?.CountOf("thinking_tokens") ?? _thinking;
    }

    /// <summary>Canonical input counts cached tokens too; the vendor's <c>input_tokens</c> leaves them out.</summary>
    public WorkEvent ToEvent() => new()
    {
        Usage = new Usage
        {
            InputTokens = _fresh + _cacheRead + _cacheWrite,
            OutputTokens = _output,
            CacheReadTokens = _cacheRead,
            CacheWriteTokens = _cacheWrite,
            ThinkingTokens = _thinking,
        },
    };
}
