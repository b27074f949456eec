using System.Globalization;

namespace Polydev.Broker.Pages.Viewing;

/// <summary>Figures and times in the words of the pages. Numbers are English whatever the browser asks for.</summary>
internal static class Wording
{
    /// <summary>What stands where there is nothing.</summary>
    public const string None = "—";

    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    /// <summary>1,204.</summary>
    public static string Number(long number) => number.ToString("N0", English);

    /// <summary>From 10,000 on shortened: 96.2 k, 2.41 M.</summary>
    public static string Short(long number) => number switch
    {
        < 10_000 => Number(number),
        < 999_950 => $"{(number / 1e3).ToString("0.#", English)} k",
        < 999_995_000 => $"{(number / 1e6).ToString("0.##", English)} M",
        _ => $"{(number / 1e9).ToString("0.##", English)} G",
    };

    /// <summary>62 %.</summary>
    public static string Percent(double percent) => $"{Math.Floor(percent).ToString("0", English)} %";

    /// <summary>"One window", "two machines": in words up to twelve, as a sentence begins.</summary>
    public static string Count(int count, string one, string many) => $"{InWords(count)} {(count == 1 ? one : many)}";

    /// <summary>1 call, 1,204 calls.</summary>
    public static string Plural(long count, string one) => $"{Number(count)} {one}{(count == 1 ? null : "s")}";

    public static string InWords(int count) => count switch
    {
        0 => "No",
        1 => "One",
        2 => "Two",
        3 => "Three",
        4 => "Four",
        5 => "Five",
        6 => "Six",
        7 => "Seven",
        8 => "Eight",
        9 => "Nine",
        10 => "Ten",
        11 => "Eleven",
        12 => "Twelve",
        _ => Number(count),
    };

    /// <summary>0.77 s, 12.4 s, 3 min 5 s.</summary>
    public static string Seconds(long milliseconds) => milliseconds switch
    {
        < 9_995 => $"{(milliseconds / 1e3).ToString("0.00", English)} s",
        < 59_950 => $"{(milliseconds / 1e3).ToString("0.0", English)} s",
        _ => $"{milliseconds / 60_000} min {milliseconds % 60_000 / 1000} s",
    };

    /// <summary>40 seconds, 12 min, 3 h 12 min, 2 days.</summary>
    public static string Span(TimeSpan span) => span.TotalSeconds switch
    {
        < 1.5 => "1 second",
        < 60 => $"{(int)span.TotalSeconds} seconds",
        < 3600 => $"{(int)span.TotalMinutes} min",
        < 86_400 => span.Minutes == 0 ? $"{(int)span.TotalHours} h" : $"{(int)span.TotalHours} h {span.Minutes} min",
        < 172_800 => "1 day",
        _ => $"{(int)span.TotalDays} days",
    };

    /// <summary>How long ago, or when: "just now", "4 min ago", "14:32", "yesterday, 18:40", "Fri 09:00", "14 Nov".</summary>
    public static string Past(Viewer viewer, DateTimeOffset time)
    {
        var ago = viewer.Now - time;
        return ago.TotalSeconds < 60 ? "just now"
            : ago.TotalMinutes < 60 ? $"{(int)ago.TotalMinutes} min ago"
            : Since(viewer, time);
    }

    /// <summary>The same without "ago": "14:32", "yesterday, 18:40", "Fri 09:00", "14 Nov".</summary>
    public static string Since(Viewer viewer, DateTimeOffset time)
    {
        var (local, today) = (viewer.Local(time), viewer.Local(viewer.Now).Date);
        return local.Date == today ? local.ToString("HH:mm", English)
            : local.Date == today.AddDays(-1) ? local.ToString("'yesterday,' HH:mm", English)
            : today - local.Date < TimeSpan.FromDays(7) ? local.ToString("ddd HH:mm", English)
            : local.ToString(local.Year == today.Year ? "d MMM" : "d MMM yyyy", English);
    }

    /// <summary>A time to come, always absolute: "15:00", "tomorrow, 01:00", "1 Dec, 01:00".</summary>
    public static string Future(Viewer viewer, DateTimeOffset time)
    {
        var (local, today) = (viewer.Local(time), viewer.Local(viewer.Now).Date);
        return local.Date == today ? local.ToString("HH:mm", English)
            : local.Date == today.AddDays(1) ? local.ToString("'tomorrow,' HH:mm", English)
            : local.ToString("d MMM, HH:mm", English);
    }

    /// <summary>A time to come where there is little room: "16:00" within a day, "Fri 09:00" within a week, "14 Nov".</summary>
    public static string Short(Viewer viewer, DateTimeOffset time)
    {
        var ahead = time - viewer.Now;
        return viewer.Local(time).ToString(
            ahead < TimeSpan.FromDays(1) ? "HH:mm" : ahead < TimeSpan.FromDays(6.5) ? "ddd HH:mm" : "d MMM", English);
    }

    /// <summary>"studio", "studio and build-box", "studio, build-box and laptop".</summary>
    public static string List(IReadOnlyList<string> names) => names.Count switch
    {
        0 => string.Empty,
        1 => names[0],
        _ => $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}",
    };

    /// <summary>14:38:05.</summary>
    public static string Clock(Viewer viewer, DateTimeOffset time) => viewer.Local(time).ToString("HH:mm:ss", English);

    /// <summary>To the second, with the day where that is not today: 14:38:05, "23 Nov, 14:38:05".</summary>
    public static string Moment(Viewer viewer, DateTimeOffset time)
    {
        var (local, today) = (viewer.Local(time), viewer.Local(viewer.Now).Date);
        return local.ToString(
            local.Date == today ? "HH:mm:ss" : local.Year == today.Year ? "d MMM, HH:mm:ss" : "d MMM yyyy, HH:mm:ss", English);
    }

    /// <summary>In both zones, for who hovers: "Tue 24 Nov 2026, 14:38:02 · 13:38:02 UTC".</summary>
    public static string Full(Viewer viewer, DateTimeOffset time)
    {
        var utc = time.UtcDateTime.ToString("HH:mm:ss 'UTC'", English);
        return viewer.Zone.BaseUtcOffset == TimeSpan.Zero && viewer.Local(time).Offset == TimeSpan.Zero
            ? time.UtcDateTime.ToString("ddd d MMM yyyy, HH:mm:ss 'UTC'", English)
            : $"{viewer.Local(time).ToString("ddd d MMM yyyy, HH:mm:ss", English)} · {utc}";
    }

    /// <summary>For <c>datetime</c>.</summary>
    public static string Machine(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", English);
}
