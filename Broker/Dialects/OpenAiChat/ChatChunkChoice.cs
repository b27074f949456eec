using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>The one choice of a chunk. Its finish reason is null in all chunks but one.</summary>
internal sealed record ChatChunkChoice(ChatDelta Delta, string? FinishReason)
{
    [JsonPropertyOrder(-1)]
    public int Index { get; }

    public object? Logprobs { get; }
}
