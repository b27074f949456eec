using System.Globalization;

namespace Polydev.Benchmarks;

/// <summary>Durations of one kind, in milliseconds.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public double Median => Percentile(0.5);

    public int Count => _values.Count;

    /// <summary>Of figures of another kind.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    public void Add(TimeSpan duration)
    {
        lock (_values)
        {
            _values.Add(duration.TotalMilliseconds);
        }
    }

    public double Percentile(double share)
    {
        lock (_values)
        {
            var sorted = _values.Order().ToList();
            return sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {Median:0.0} ms  p99 {Percentile(0.99):0.0} ms");
}
