namespace Polydev.Shared.Models;

/// <summary>
/// The ids of the product's own list. A connected CLI may report more; see <see cref="ModelId"/> for the rules that cover the rest.
/// </summary>
public static class KnownModels
{
    public const string Echo = "polydev-echo";

    /// <summary>Google's own default where a call names no model.</summary>
    public const string DefaultGemini = "gemini-2.5-flash";

    public static IReadOnlyDictionary<string, string> ProviderOf { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["claude-opus-4-6"] = Providers.Claude,
        ["claude-sonnet-4-5-20250929"] = Providers.Claude,
        ["claude-haiku-4-5-20251001"] = Providers.Claude,
        ["gpt-5.3-codex"] = Providers.Codex,
        ["gpt-5.1-mini"] = Providers.Codex,
        ["o3"] = Providers.Codex,
        ["o4-mini"] = Providers.Codex,
        ["gemini-3-pro-preview"] = Providers.Gemini,
        ["gemini-2.5-flash"] = Providers.Gemini,
        ["gemini-2.5-pro"] = Providers.Gemini,
        [Echo] = Providers.Echo,
    };
}

/// <summary>The names of the CLIs, as they stand on the wire, in model ids and in the status.</summary>
public static class Providers
{
    public const string Claude = "claude";
    public const string Codex = "codex";
    public const string Gemini = "gemini";

    /// <summary>Answered by the tunnel itself: repeats the last user text.</summary>
    public const string Echo = "echo";

    public static IReadOnlyList<string> All { get; } = [Claude, Codex, Gemini, Echo];

    /// <summary>Those of a vendor: their login may be a subscription, which has windows.</summary>
    public static IReadOnlyList<string> OfVendors { get; } = [Claude, Codex, Gemini];
}
