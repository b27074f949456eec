using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Frame;

/// <summary>How fast an account uses up its month.</summary>
/// <param name="CallsAWeek">
/// Of the last seven days, but for those that failed: some of these were let in, too, and are not known apart.
/// </param>
public sealed record MonthPace(long CallsAWeek)
{
    public const int Days = 7;

    // Longer than any month; an end that is years ahead would be no date.
    private const double MostDays = 366;

    public double ADay => CallsAWeek / (double)Days;

    /// <summary>
    /// Until when what is left lasts; null where the month has no limit or is used up, and where it goes by less than one call a day.
    /// </summary>
    public DateTimeOffset? EndOf(QuotaWindow month, DateTimeOffset now) =>
        month.Remaining is > 0 and var left && ADay >= 1 ? now.AddDays(Math.Min(left / ADay, MostDays)) : null;

    /// <summary>As <see cref="EndOf"/>, where that comes before the next month begins.</summary>
    public DateTimeOffset? EarlyEndOf(QuotaWindow month, DateTimeOffset now) =>
        EndOf(month, now) is { } end && end < month.ResetsAt ? end : null;
}
