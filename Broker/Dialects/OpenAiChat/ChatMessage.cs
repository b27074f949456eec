using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>The assistant's message. Its content is null where it did nothing but call tools.</summary>
internal sealed record ChatMessage(string? Content)
{
    [JsonPropertyOrder(-1)]
    public string Role { get; } = "assistant";

    public string? Refusal { get; }

    public IReadOnlyList<string> Annotations { get; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }
}
