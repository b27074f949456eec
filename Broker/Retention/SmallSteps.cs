namespace Polydev.Broker.Retention;

/// <summary>
/// Deletes many rows in small steps, so that no call waits long for one. Several brokers on a database may do so at once.
/// </summary>
internal static class SmallSteps
{
    public const int Rows = 1000;

    /// <summary>Between two steps.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="step">Deletes at most so many rows, and tells how many it has deleted.</param>
    /// <returns>How many were deleted in all.</returns>
    public static async Task<long> RunAsync(Func<int, Task<int>> step, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var all = 0L; ;)
        {
            var deleted = await step(Rows);
            all += deleted;
            if (deleted < Rows)
            {
                return all;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
