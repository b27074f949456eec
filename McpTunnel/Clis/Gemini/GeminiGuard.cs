using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// Gemini CLI drops a user message of a session file, without a word, when its text is empty or begins like one of its own commands
/// or contexts (0.61.0, <c>isIgnoredUserContent</c>). Such a message gets a first part that no reader sees.
/// </summary>
internal static class GeminiGuard
{
    /// <summary>U+200B, which JavaScript's trim() leaves.</summary>
    public const string Text = "\u200b";

    // "$" begins the CLI's commands in a prompt; in a file it is harmless today, and costs as little to guard.
    private static readonly string[] Swallowed = ["/", "?", "$", "<session_context>", "<hook_context>"];

    public static bool IsNeeded(Message message)
    {
        if (message.Parts.FirstOrDefault(IsSeen) is not { } first)
        {
            return true;
        }

        return first.Text is { } text && Swallowed.Any(start => TrimStart(text.Text).StartsWith(start, StringComparison.Ordinal));
    }

    /// <summary>
    /// The CLI replays a message whose text, with a word for each part that is none, is not blank (0.61.0, <c>streamHistory</c>).
    /// </summary>
    public static bool IsReplayed(Message message) => message.Parts.Any(IsSeen);

    private static bool IsSeen(Part part) => part.KindCase switch
    {
        // Thoughts stay out of the file.
        Part.KindOneofCase.Thinking => false,
        Part.KindOneofCase.Text => TrimStart(part.Text.Text).Length > 0,
        _ => true,
    };

    private static ReadOnlySpan<char> TrimStart(string text)
    {
        var start = 0;
        while (start < text.Length && IsTrimmed(text[start]))
        {
            start++;
        }

        return text.AsSpan(start);
    }

    // What JavaScript's trim() takes: the byte order mark too, and not U+0085.
    private static bool IsTrimmed(char letter) => letter == '\ufeff' || (char.IsWhiteSpace(letter) && letter != '\u0085');
}
