using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Settings;

/// <summary>The time zones that a person may choose from.</summary>
/// <param name="OfBrowser">As its script found it; null: it has not said.</param>
/// <param name="Chosen">In the place of the browser's; null: none.</param>
public sealed record ZoneChoice(string? OfBrowser, string? Chosen)
{
    private static readonly string[] Areas =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

    /// <summary>Those that people live in, by their names of the IANA; beside them UTC.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id)
            .Where(id => id.Split('/') is [var area, _, ..] && Areas.Contains(area)).Order(StringComparer.Ordinal),
    ];

    public static ZoneChoice Of(IRequestCookieCollection cookies) =>
        new(Viewer.ZoneOf(cookies[Viewer.ZoneCookie])?.Id, Viewer.ZoneOf(cookies[Viewer.ChosenZoneCookie])?.Id);
}
