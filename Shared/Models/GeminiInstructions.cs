namespace Polydev.Shared.Models;

/// <summary>
/// What Gemini CLI makes of a system prompt (0.61.0, <c>PromptProvider</c>): it fills in three forms in this order, <c>${AgentSkills}</c>
/// and <c>${SubAgents}</c> (both empty under our lock) and <c>${AvailableTools}</c>, takes the white space off both ends, and makes two
/// line breaks of three and more. No other way into its system prompt was found.
/// </summary>
public static class GeminiInstructions
{
    private const string Skills = "${AgentSkills}";
    private const string Agents = "${SubAgents}";
    private const string Tools = "${AvailableTools}";

    /// <summary>The text as its system file must hold it, so that as much of it as can be arrives as it is.</summary>
    public static string ForFile(string text) => text

        // Last of all, and what it puts in is never empty: the caller's text stays text, with a character in it that no reader sees.
        .Replace(Tools, Hidden(Tools), StringComparison.Ordinal)
        .Replace(Agents, Hidden(Agents), StringComparison.Ordinal)

        // Not the first form while the second one stands in it, which goes without a trace.
        .Replace(Skills, $"{Skills[..^1]}{Agents}}}", StringComparison.Ordinal);

    /// <summary>False where the vendor gets another text than the caller's.</summary>
    public static bool ArriveAsTheyAre(string text) =>
        !text.Contains(Tools, StringComparison.Ordinal) && !text.Contains(Agents, StringComparison.Ordinal)
        && !text.Contains("\n\n\n", StringComparison.Ordinal)
        && text.Length == text.Trim().Length && (text.Length == 0 || (text[0] != '\ufeff' && text[^1] != '\ufeff'));

    private static string Hidden(string form) => form.Insert(1, "\u200b");
}
