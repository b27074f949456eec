using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Quotas;

/// <summary>What a CLI has just told of its vendor's windows.</summary>
internal sealed record QuotaNews
{
    /// <summary>Those that were told now; what was told of others before stands.</summary>
    public IReadOnlyList<ToldWindow> Windows { get; init; } = [];

    /// <summary>Null: nothing was said of it now, and what was said before stands.</summary>
    public OverageState? Overage { get; init; }

    /// <summary>When the window is reset whose end has brought the overage; null: not told.</summary>
    public DateTimeOffset? OverageEndsAt { get; init; }
}

/// <summary>One window.</summary>
/// <param name="ResetsAt">Null: not told.</param>
internal sealed record ToldWindow(string Label, double UsedPercent, DateTimeOffset? ResetsAt);

/// <summary>Why no call may go to a CLI now.</summary>
/// <param name="Message">For the caller: which window, how much of it is used, when it is reset.</param>
/// <param name="Until">When a call may go again, as far as is known now.</param>
internal sealed record QuotaRefusal(string Message, DateTimeOffset Until);

/// <summary>The vendors' figures in our terms.</summary>
internal static class QuotaFigures
{
    private const int HourMinutes = 60;
    private const int DayMinutes = 24 * HourMinutes;

    // Codex tells 299 for 300 at times.
    private const int Slack = 2;

    /// <summary>"5 h", "7 d", "90 min".</summary>
    public static string Label(long minutes) =>
        Whole(minutes, DayMinutes) is { } days ? $"{days} d"
        : Whole(minutes, HourMinutes) is { } hours ? $"{hours} h"
        : $"{minutes} min";

    /// <summary>Null for what is no moment.</summary>
    public static DateTimeOffset? Moment(long unixSeconds) =>
        unixSeconds > 0 && unixSeconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(unixSeconds)
            : null;

    private static long? Whole(long minutes, long unit) =>
        (minutes + Slack) / unit is > 0 and var count && Math.Abs(minutes - (count * unit)) <= Slack ? count : null;
}
