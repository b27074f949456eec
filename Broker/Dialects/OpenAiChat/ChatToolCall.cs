using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>A tool call, whole or a delta of one. In a stream only its first delta has id, type and name, and all have the index.</summary>
internal sealed record ChatToolCall
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    public required ChatFunction Function { get; init; }
}
