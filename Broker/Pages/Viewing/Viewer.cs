using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Viewing;

/// <summary>Who looks at a page, and how it is to be shown.</summary>
public sealed record Viewer
{
    /// <summary>The cookie with the browser's time zone, as its script found it: an IANA name.</summary>
    public const string ZoneCookie = "polydev-zone";

    /// <summary>The cookie with the time zone that was chosen in its place; none: the browser's.</summary>
    public const string ChosenZoneCookie = "polydev-zone-chosen";

    /// <summary>The cookie with the colours that were chosen: <c>light</c> or <c>dark</c>; none: as the system has it.</summary>
    public const string ThemeCookie = "polydev-theme";

    private const int LongestZone = 60;

    /// <summary>Null where nobody is signed in.</summary>
    public SignedIn? SignedIn { get; init; }

    /// <summary>When the page was asked for.</summary>
    public required DateTimeOffset Now { get; init; }

    public required TimeZoneInfo Zone { get; init; }

    /// <summary>No cookie has said where the person is: times are UTC, and say so.</summary>
    public bool IsZoneUnknown { get; init; }

    public string? Theme { get; init; }

    /// <summary>The page stands already: its parts alone are rendered, to be sent behind it.</summary>
    public bool IsLive { get; init; }

    /// <summary>Where browsers reach the broker, for who reached it by this name; without a slash at the end.</summary>
    public required string Site { get; init; }

    public string ApiBase => $"{Site}/api/v1";

    /// <summary>The name and the port that the person knows the broker by.</summary>
    public string Host => new Uri(Site).Authority;

    public string AccountId => SignedIn?.AccountId ?? throw new InvalidOperationException("Nobody is signed in.");

    public static Viewer Of(HttpContext context)
    {
        var services = context.RequestServices;
        var cookies = context.Request.Cookies;
        var zone = ZoneOf(cookies[ChosenZoneCookie]) ?? ZoneOf(cookies[ZoneCookie]);
        return new Viewer
        {
            SignedIn = SessionCookie.Of(context),
            Now = services.GetRequiredService<TimeProvider>().GetUtcNow(),
            Zone = zone ?? TimeZoneInfo.Utc,
            IsZoneUnknown = zone is null,
            Theme = cookies[ThemeCookie] is "light" or "dark" ? cookies[ThemeCookie] : null,
            Site = services.GetRequiredService<Hosting.BrokerAddresses>().SiteFor(context.Request.Host),
        };
    }

    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);

    /// <summary>Null where the name is none that this machine knows.</summary>
    public static TimeZoneInfo? ZoneOf(string? name) =>
        name is { Length: > 0 and <= LongestZone } && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
}
