namespace Polydev.Shared.Models;

/// <summary>The names of the CLIs, as they stand on the wire, in model ids and in the status.</summary>
public static class Providers
{
    public const string Claude = "claude";
    public const string Codex = "codex";
    public const string Gemini = "gemini";

    /// <summary>Answered by the tunnel itself: repeats the last user text.</summary>
    public const string Echo = "echo";

    public static IReadOnlyList<string> All { get; } = [Claude, Codex, Gemini, Echo];
}
