namespace Polydev.Broker.Pages.Charts;

/// <summary>An axis of whole numbers, from 0 up to what its bars need: round steps of 1, 2 or 5.</summary>
/// <param name="Ticks">The highest first.</param>
internal sealed record ChartScale(long Top, IReadOnlyList<long> Ticks)
{
    /// <param name="most">The highest bar.</param>
    /// <param name="steps">At most so many.</param>
    public static ChartScale Of(long most, int steps)
    {
        // Without any bar there are axes all the same.
        var highest = most > 0 ? most : steps;
        var step = StepOf(highest, steps);
        var count = (highest + step - 1) / step;
        return new ChartScale(step * count, [.. Enumerable.Range(0, (int)count + 1).Select(tick => step * (count - tick))]);
    }

    private static long StepOf(long most, int steps)
    {
        for (var magnitude = 1L; ; magnitude *= 10)
        {
            foreach (var factor in (ReadOnlySpan<long>)[1, 2, 5])
            {
                if (factor * magnitude * steps >= most)
                {
                    return factor * magnitude;
                }
            }
        }
    }
}
