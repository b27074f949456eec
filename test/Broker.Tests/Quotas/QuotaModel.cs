using System.Globalization;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Tests.Quotas;

/// <summary>
/// What the counting is to come to, said as simply as it can be: for each window the text of its period, and how many were counted in it.
/// A clock that goes back stays in the later period, once something has been counted there.
/// </summary>
internal sealed class QuotaModel(int perHour, int perDay, int perMonth, int perAccount)
{
    private static readonly string[] Formats = ["yyyy-MM-ddTHH", "yyyy-MM-dd", "yyyy-MM", "yyyy-MM"];

    private readonly int[] _limits = [perHour, perDay, perMonth, perAccount];
    private (string Period, int Used)[] _counted = [("", 0), ("", 0), ("", 0), ("", 0)];

    public bool Admit(DateTimeOffset now)
    {
        var seen = SeenAt(now);
        if (seen.Zip(_limits).Any(pair => pair.First.Used >= pair.Second))
        {
            return false;
        }

        _counted = [.. seen.Select(window => (window.Period, window.Used + 1))];
        return true;
    }

    public void GiveBack(QuotaState counted) => _counted = [.. _counted.Select((window, index) =>
        PeriodOf(counted, index) == window.Period ? (window.Period, window.Used - 1) : window)];

    public bool Agrees(QuotaState state, DateTimeOffset now) => SeenAt(now).Index().All(window =>
        (PeriodOf(state, window.Index), state.All.ElementAt(window.Index).Used) == window.Item
        && state.All.ElementAt(window.Index).Limit == _limits[window.Index]);

    private (string Period, int Used)[] SeenAt(DateTimeOffset now) => [.. _counted.Select((window, index) =>
    {
        var period = now.UtcDateTime.ToString(Formats[index], CultureInfo.InvariantCulture);
        return string.CompareOrdinal(period, window.Period) > 0 ? (period, 0) : window;
    })];

    private static string PeriodOf(QuotaState state, int window) => DateTimeOffset
        .FromUnixTimeMilliseconds(state.All.ElementAt(window).Start).ToString(Formats[window], CultureInfo.InvariantCulture);
}
