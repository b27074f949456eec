using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>One message of the conversation.</summary>
/// <param name="Type"><c>user</c> or <c>assistant</c>.</param>
internal sealed record ClaudeConversationLine(string Type, ClaudeConversationMessage Message)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ParentToolUseId { get; }

    public string SessionId { get; } = string.Empty;

    /// <summary>False: the message is history, and the model is not asked yet.</summary>
    [JsonPropertyName("shouldQuery")]
    public bool? ShouldQuery { get; init; }
}
