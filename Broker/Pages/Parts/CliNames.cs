namespace Polydev.Broker.Pages.Parts;

/// <summary>The CLIs as people know them.</summary>
internal static class CliNames
{
    /// <param name="provider">The provider's id, as the wire has it.</param>
    public static string Of(string provider) => provider switch
    {
        "claude" => "Claude Code",
        "codex" => "Codex CLI",
        "gemini" => "Gemini CLI",
        "echo" => "Echo",
        _ => provider,
    };

    /// <summary>What its colours are called in the style sheet; null for one without any.</summary>
    public static string? Hue(string provider) => provider is "claude" or "codex" or "gemini" or "echo" ? provider : null;
}
