namespace Polydev.Benchmarks;

/// <summary>What is compared is measured one after the other, turn by turn within one run.</summary>
internal static class InTurns
{
    /// <summary>
    /// Each other turn in the other order: whatever the first of a turn gains or loses by its place is the others' in the next.
    /// </summary>
    /// <param name="settle">Before each: nothing else of ours is to be going on.</param>
    public static async Task RunAsync(int turn, Func<Task> settle, params IReadOnlyList<Func<Task>> measured)
    {
        foreach (var measure in turn % 2 == 0 ? measured : measured.Reverse())
        {
            await settle();
            await measure();
        }
    }
}
