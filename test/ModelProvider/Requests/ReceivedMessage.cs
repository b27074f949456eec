namespace Polydev.ModelProvider.Requests;

/// <summary>
/// One message as the CLI sent it: neither merged with its neighbours nor trimmed. OpenAI's calls and
/// outputs are messages of their own.
/// </summary>
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

public enum ProviderRole
{
    /// <summary>A system or developer message inside the conversation.</summary>
    System,
    User,
    Assistant,
}

/// <summary>A tool call in the received history.</summary>
public sealed record ReceivedToolCall(string Id, string Name, string ArgumentsJson);

/// <summary>A tool result in the received history; <see cref="Text"/> joins its text parts.</summary>
public sealed record ReceivedToolResult(string CallId, string Text, bool IsError);

/// <summary>Collects the parts of one received message.</summary>
internal sealed class MessageBuilder(ProviderRole role)
{
    public List<string> Texts { get; } = [];

    public List<string> Thinking { get; } = [];

    public List<ReceivedToolCall> ToolCalls { get; } = [];

    public List<ReceivedToolResult> ToolResults { get; } = [];

    public List<string> Media { get; } = [];

    public ReceivedMessage Build() => new(role)
    {
        Texts = Texts,
        Thinking = Thinking,
        ToolCalls = ToolCalls,
        ToolResults = ToolResults,
        Media = Media,
    };
}
