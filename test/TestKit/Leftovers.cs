using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>What must not be there once a tunnel, or an adapter, has ended by itself: looked for before anything is cleared away.</summary>
public static class Leftovers
{
    // Whoever ends in order waits for its CLIs; what they had started is killed with them, and goes by itself within moments.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <param name="processes">What was started and should be gone.</param>
    /// <param name="runRoot">Where the private folders of running CLIs lie; need not exist.</param>
    public static async Task AssertNoneAsync(Func<IReadOnlyList<RunningProcess>> processes, string runRoot)
    {
        await ProcessProbe.AssertGoneAsync(processes, Grace);
        Assert.That(
            Directory.Exists(runRoot) ? Directory.EnumerateFileSystemEntries(runRoot) : [], Is.Empty, "A private folder was left behind.");
    }
}
