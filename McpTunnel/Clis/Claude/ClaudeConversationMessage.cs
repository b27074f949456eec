namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>A message as the vendor's API has it.</summary>
internal sealed record ClaudeConversationMessage(string Role, IReadOnlyList<ClaudeContentBlock> Content)
{
    /// <summary>Of an assistant's message, and unique: the CLI merges those that share one (2.1.197).</summary>
    public string? Id { get; init; }

    public string? Type { get; init; }

    public string? Model { get; init; }
}
