namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>The one choice of a whole answer.</summary>
internal sealed record ChatChoice(ChatMessage Message, string FinishReason)
{
    public int Index { get; }

    public object? Logprobs { get; }
}
