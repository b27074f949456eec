namespace Polydev.ModelProvider.Requests;

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
