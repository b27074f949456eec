namespace Polydev.ModelProvider.Requests;

/// <summary>A request's conversation in one form for all dialects.</summary>
public sealed record Conversation
{
    public static Conversation Empty { get; } = new();

    /// <summary>The system prompt: Anthropic's blocks, OpenAI's instructions and leading developer messages, Gemini's parts.</summary>
    public IReadOnlyList<string> SystemTexts { get; init; } = [];

    public IReadOnlyList<ReceivedMessage> Messages { get; init; } = [];

    /// <summary>Every tool the model could call, by name, or by type where it has no name.</summary>
    public IReadOnlyList<string> ToolNames { get; init; } = [];

    public string System => string.Join('\n', SystemTexts);

    /// <summary>What the user said last: the last text that is not empty and not a reminder which a CLI put in by itself.</summary>
    public string LastUserText =>
        Messages.Where(message => message.Role == ProviderRole.User)
            .SelectMany(message => message.Texts)
            .LastOrDefault(text => text.Trim().Length > 0 && !IsReminder(text)) ?? string.Empty;

    private static bool IsReminder(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.StartsWith("<system-reminder>") || start.StartsWith("<session_context>") || start.StartsWith("<environment_context>");
    }
}
