using System.Text.RegularExpressions;
using Polydev.ModelProvider.Requests;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// What reaches the model of a caller's texts, CLI by CLI, to the letter: the caller's own text, and the one place that says what we or the
/// CLI put beside it.
/// </summary>
internal static partial class ReceivedTexts
{
    // 2.1.330: a line for the vendor's billing and its own introduction; the caller's system text is a block of its own behind them.
    private static readonly string[] ClaudeSystem =
    [
        "x-anthropic-billing-header: cc_version=VERSION; cc_entrypoint=sdk-cli;",
        "You are a Claude agent, built on Anthropic's Claude Agent SDK.",
    ];

    // Gemini CLI 0.61.0 drops a text that begins like this from a session file; ours puts a part that no reader sees before it.
    private static readonly string[] SwallowedByGemini = ["/", "?", "$", "<session_context>", "<hook_context>"];
    private const string GeminiGuard = "\u200b";

    public static IReadOnlyList<string> OfSystem(string model, string text) => IsClaude(model) ? [.. ClaudeSystem, text] : [text];

    /// <summary>
    /// The system texts as they came, but for the version in Claude Code's first line, which ends with a hash of the call.
    /// </summary>
    public static IEnumerable<string> ShowSystem(Conversation conversation) =>
        conversation.SystemTexts.Select((text, index) => index == 0 ? ClaudeVersion().Replace(text, "$1VERSION;") : text);

    /// <summary>A user's message of one text, as <see cref="Show"/> shows it.</summary>
    public static string OfUser(string model, string text)
    {
        // The empty block that Claude Code gets behind each text keeps it from looking for commands, and does not reach the model.
        var isGuarded = IsGemini(model) && SwallowedByGemini.Any(start => text.TrimStart().StartsWith(start, StringComparison.Ordinal));
        return Show("User", isGuarded ? [GeminiGuard, text] : [text]);
    }

    public static string OfAssistant(string text) => Show("Assistant", [text]);

    /// <summary>A message on one line: its role and its texts, each in its own brackets, nothing trimmed.</summary>
    public static string Show(ReceivedMessage message) => Show(message.Role.ToString(), message.Texts);

    private static string Show(string role, IEnumerable<string> texts) => $"{role} {string.Concat(texts.Select(text => $"[{text}]"))}";

    private static bool IsClaude(string model) => model.StartsWith("claude", StringComparison.Ordinal);

    private static bool IsGemini(string model) => model.StartsWith("gemini", StringComparison.Ordinal);

    [GeneratedRegex(@"^(x-anthropic-billing-header: cc_version=)[0-9a-f.]+;")]
    private static partial Regex ClaudeVersion();
}
