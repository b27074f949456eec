using System.Globalization;

namespace Polydev.Broker.Pages.Charts;

/// <summary>An axis of seconds on which each step is so many times the one before: first tokens come in 0.3 s and in 30.</summary>
/// <param name="Low">Its lowest line, as a power of two.</param>
/// <param name="Step">How often a step doubles.</param>
/// <param name="Steps">How many there are.</param>
internal sealed record TokenScale(int Low, int Step, int Steps)
{
    private const int LeastSteps = 4;
    private const int MostSteps = 6;

    // 31 ms, and 17 min.
    private const int Lowest = -5;
    private const int Highest = 10;

    private int High => Low + (Step * Steps);

    public string What => Step == 1 ? "each step doubles" : $"each step is {1 << Step} times the one before";

    /// <summary>The highest first.</summary>
    public IEnumerable<string> Ticks => Enumerable.Range(0, Steps + 1)
        .Select(index => $"{Math.Pow(2, High - (index * Step)).ToString("0.##", CultureInfo.InvariantCulture)} s");

    public static TokenScale Of(IEnumerable<long> milliseconds)
    {
        var exponents = milliseconds.Select(ExponentOf).DefaultIfEmpty(0).ToArray();
        var low = Math.Clamp((int)Math.Floor(exponents.Min()), Lowest, -2);
        var high = Math.Clamp((int)Math.Ceiling(exponents.Max()), low + LeastSteps, Highest);
        var step = (high - low + MostSteps - 1) / MostSteps;
        return new TokenScale(low, step, (high - low + step - 1) / step);
    }

    /// <summary>How far below the upper edge, in percent.</summary>
    public double Below(double milliseconds) => Math.Clamp(100 * (High - ExponentOf(milliseconds)) / (High - Low), 0, 100);

    private static double ExponentOf(long milliseconds) => ExponentOf((double)milliseconds);

    private static double ExponentOf(double milliseconds) => Math.Log2(Math.Max(1, milliseconds) / 1000);
}
