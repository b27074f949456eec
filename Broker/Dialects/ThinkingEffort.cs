namespace Polydev.Broker.Dialects;

/// <summary>
/// The vendors' words for how hard a model is to think; each takes some of them, the CLI that answers may be any vendor's.
/// </summary>
internal static class ThinkingEffort
{
    private static readonly string[] Words = ["minimal", "low", "medium", "high", "xhigh", "max"];

    /// <exception cref="Errors.ApiException">None of the words.</exception>
    public static string Read(RequestNode effort)
    {
        // Google writes its words in capitals.
        var asked = effort.AsString();
        return Array.Find(Words, word => word.Equals(asked, StringComparison.OrdinalIgnoreCase))
            ?? throw effort.Unsupported($"Invalid value for '{effort.Path}': '{asked}'. Supported values are: {string.Join(", ", Words)}.");
    }
}
