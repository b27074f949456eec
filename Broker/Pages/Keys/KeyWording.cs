using System.Globalization;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Keys;

/// <summary>Keys and their windows in the words of the pages.</summary>
internal static class KeyWording
{
    /// <summary>Those of a key; the account's month binds beside them.</summary>
    public static readonly QuotaWindowKind[] Windows = [QuotaWindowKind.Hour, QuotaWindowKind.Day, QuotaWindowKind.Month];

    public static string Name(QuotaWindowKind kind) => kind switch
    {
        QuotaWindowKind.Hour => "hour",
        QuotaWindowKind.Day => "day",
        _ => "month",
    };

    /// <summary>"This hour", "Today", "November"; windows are those of UTC.</summary>
    public static string Now(QuotaWindowKind kind, DateTimeOffset now) => kind switch
    {
        QuotaWindowKind.Hour => "This hour",
        QuotaWindowKind.Day => "Today",
        _ => now.UtcDateTime.ToString("MMMM", CultureInfo.InvariantCulture),
    };

    /// <summary>The name of its field.</summary>
    public static string Field(QuotaWindowKind kind) => kind switch
    {
        QuotaWindowKind.Hour => ChangeFields.PerHour,
        QuotaWindowKind.Day => ChangeFields.PerDay,
        _ => ChangeFields.PerMonth,
    };

    public static QuotaWindow Of(QuotaState windows, QuotaWindowKind kind) => kind switch
    {
        QuotaWindowKind.Hour => windows.Hour,
        QuotaWindowKind.Day => windows.Day,
        QuotaWindowKind.Month => windows.Month,
        _ => windows.AccountMonth,
    };

    /// <summary>When the window that now lies in ends.</summary>
    public static DateTimeOffset ResetOf(QuotaWindowKind kind, DateTimeOffset now)
    {
        var starts = QuotaStarts.At(now);
        var start = kind switch
        {
            QuotaWindowKind.Hour => starts.Hour,
            QuotaWindowKind.Day => starts.Day,
            _ => starts.Month,
        };
        return new QuotaWindow(kind, start, 0, null).ResetsAt;
    }

    /// <summary>The key's own window that is full, of several the last to reset; null: none is.</summary>
    public static QuotaWindow? UsedUp(ApiKey key) => Windows.Select(kind => Of(key.Windows, kind)).Where(window => window.IsExhausted)
        .OrderBy(window => window.ResetsAt).Select(window => (QuotaWindow?)window).LastOrDefault();

    public static string Verdict(Viewer viewer, IReadOnlyList<ApiKey> good)
    {
        if (good.Count == 0)
        {
            return "No key yet. Create one to make calls.";
        }

        var work = $"{Wording.Count(good.Count, "key works", "keys work")}.";
        return good.FirstOrDefault(key => UsedUp(key) is not null) is { } key && UsedUp(key) is { } full
            ? $"{work} {key.Name} has used up its {Name(full.Kind)} until {Wording.Future(viewer, full.ResetsAt)}{ZoneOf(viewer)}."
            : work;
    }

    public static string Verdict(Viewer viewer, ApiKey key) => !key.IsGoodAt(viewer.Now) ? $"{key.Name} works no longer."
        : UsedUp(key) is { } full
            ? $"{key.Name} has used up its {Name(full.Kind)}. {Wording.Span(full.ResetsAt - viewer.Now)} to go."
        : key.Windows.AccountMonth.IsExhausted ? $"The account’s month is used up until {Day(key.Windows.AccountMonth.ResetsAt)}."
        : key.LastUsedAt is null ? $"{key.Name} works. It has not been used yet."
        : $"{key.Name} works.";

    private static string? ZoneOf(Viewer viewer) => viewer.IsZoneUnknown ? " UTC" : null;

    /// <summary>A month's end by UTC: "1 December".</summary>
    public static string Day(DateTimeOffset reset) => reset.UtcDateTime.ToString("d MMMM", CultureInfo.InvariantCulture);

    /// <summary>"20 an hour, 500 a day (tier), any number a month".</summary>
    public static string Limits(ApiKey key) => string.Join(", ", Windows.Select(kind =>
    {
        var own = kind switch
        {
            QuotaWindowKind.Hour => key.Credential.PerHour,
            QuotaWindowKind.Day => key.Credential.PerDay,
            _ => key.Credential.PerMonth,
        };
        return Of(key.Windows, kind).Limit is { } limit
            ? $"{Wording.Number(limit)} {Each(kind)}{(own == limit ? null : " (tier)")}"
            : $"any number {Each(kind)}";
    }));

    /// <summary>"an hour".</summary>
    public static string Each(QuotaWindowKind kind) => kind == QuotaWindowKind.Hour ? "an hour" : $"a {Name(kind)}";
}
