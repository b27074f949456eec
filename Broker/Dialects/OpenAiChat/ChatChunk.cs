namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>One frame of a streamed answer (<c>chat.completion.chunk</c>).</summary>
internal record ChatChunk(string Id, long Created, string Model, IReadOnlyList<ChatChunkChoice> Choices)
{
    public string Object { get; } = "chat.completion.chunk";

    public string? SystemFingerprint { get; }
}
