using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Frame;

/// <summary>How fast an account uses up its month.</summary>
/// <param name="CallsAWeek">Those that were let in, of the last seven days.</param>
public sealed record MonthPace(long CallsAWeek)
{
    public const int Days = 7;

    public double ADay => CallsAWeek / (double)Days;

    /// <summary>
    /// Until when what is left lasts; null where the month has no limit or is used up, and where it goes by less than one call a day.
    /// </summary>
    public DateTimeOffset? EndOf(QuotaWindow month, DateTimeOffset now) =>
        month.Remaining is > 0 and var left && ADay >= 1 ? now.AddDays(left / ADay) : null;

    /// <summary>As <see cref="EndOf"/>, where that comes before the next month begins.</summary>
    public DateTimeOffset? EarlyEndOf(QuotaWindow month, DateTimeOffset now) =>
        EndOf(month, now) is { } end && end < month.ResetsAt ? end : null;
}
