namespace Polydev.Broker.Pages.Frame;

/// <summary>
/// How the parts of a live page are found again in its HTML: by comments around them, which nobody's text can forge, as in texts the signs
/// of a comment are escaped. A part within another is none.
/// </summary>
internal static class LivePart
{
    public const string End = "<!--/part-->";

    private const string Opening = "<!--part:";
    private const string Closing = "-->";

    public static string Begin(string id) => $"{Opening}{id}{Closing}";

    /// <summary>Each part's HTML by its id.</summary>
    public static Dictionary<string, string> Cut(string html)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var from = html.IndexOf(Opening, StringComparison.Ordinal); from >= 0;)
        {
            var id = html[(from + Opening.Length)..html.IndexOf(Closing, from, StringComparison.Ordinal)];
            var begin = from + Opening.Length + id.Length + Closing.Length;
            var end = html.IndexOf(End, begin, StringComparison.Ordinal);
            parts[id] = html[begin..end].Trim();
            from = html.IndexOf(Opening, end, StringComparison.Ordinal);
        }

        return parts;
    }
}
