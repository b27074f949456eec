using Polydev.Shared.Text;

namespace Polydev.Broker.Pages.Settings;

/// <summary>
/// A browser in two words, from what it says it is: for its owner to know it again, and for nothing else. Browsers name one another in
/// there for old sites' sake, so the order counts.
/// </summary>
internal static class BrowserName
{
    private const int Longest = 40;

    private static readonly (string Sign, string Name)[] Browsers =
    [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("OPR/", "Opera"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];

    private static readonly (string Sign, string Name)[] Systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ];

    /// <summary>"Firefox on Linux"; of a browser that is not known, the beginning of its own words.</summary>
    public static string Of(string agent) => (Find(Browsers, agent), Find(Systems, agent)) switch
    {
        ({ } browser, { } system) => $"{browser} on {system}",
        ({ } browser, null) => browser,
        _ when agent.Length == 0 => "A browser that does not say which",
        _ => PlainText.Line(agent, Longest),
    };

    private static string? Find((string Sign, string Name)[] known, string agent) =>
        known.FirstOrDefault(one => agent.Contains(one.Sign, StringComparison.Ordinal)).Name;
}
