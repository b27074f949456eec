using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What is to be set. Only the fields of its subtype are given.</summary>
internal sealed record ClaudeControlBody(string Subtype)
{
    /// <summary>With <c>initialize</c>. One empty text stands for no system prompt; without the field the CLI takes its own.</summary>
    [JsonPropertyName("systemPrompt")]
    public IReadOnlyList<string>? SystemPrompt { get; init; }

    /// <summary>With <c>apply_flag_settings</c>.</summary>
    public ClaudeFlagSettings? Settings { get; init; }

    /// <summary>With <c>set_max_thinking_tokens</c>; 0 is off.</summary>
    public int? MaxThinkingTokens { get; init; }
}
