using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>The one choice of a whole answer.</summary>
internal sealed record ChatChoice(ChatMessage Message, string FinishReason)
{
    [JsonPropertyOrder(-1)]
    public int Index { get; }

    public object? Logprobs { get; }
}
