using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>A content block as the vendor's API has it. Only the fields of its type are given.</summary>
internal sealed record ClaudeContentBlock(string Type)
{
    public string? Text { get; init; }

    public string? Id { get; init; }

    public string? Name { get; init; }

    public JsonElement? Input { get; init; }

    public string? ToolUseId { get; init; }

    public IReadOnlyList<ClaudeContentBlock>? Content { get; init; }

    public bool? IsError { get; init; }

    public ClaudeMediaSource? Source { get; init; }

    public string? Title { get; init; }

    public string? Thinking { get; init; }

    public string? Signature { get; init; }

    /// <summary>Of a <c>redacted_thinking</c> block.</summary>
    public string? Data { get; init; }
}
