namespace Polydev.ModelProvider.Requests;

/// <summary>One message as the CLI sent it: neither merged with its neighbours nor trimmed. OpenAI's calls and outputs are messages of their own.</summary>
public sealed record ReceivedMessage(ProviderRole Role)
{
    public IReadOnlyList<string> Texts { get; init; } = [];

    public IReadOnlyList<string> Thinking { get; init; } = [];

    public IReadOnlyList<ReceivedToolCall> ToolCalls { get; init; } = [];

    public IReadOnlyList<ReceivedToolResult> ToolResults { get; init; } = [];

    /// <summary>Media types of images and documents, in order.</summary>
    public IReadOnlyList<string> Media { get; init; } = [];

    public string Text => string.Concat(Texts);
}
