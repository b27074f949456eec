namespace Polydev.Shared.Tunnel;

/// <summary>
/// Has what large conversations leave behind collected in time. The collector lets large objects lie until some hundred MB of them have
/// gathered, and keeps the memory then. A body of 32 MB is four times that in texts and copies, and a second of work: beside it a
/// collection of our small heap is nothing.
/// </summary>
internal static class LargeGarbage
{
    private const long Most = 32L * 1024 * 1024;

    // With smaller ones the collector keeps up by itself, and a stream of them is not to pay for it.
    private const long Least = 4L * 1024 * 1024;

    private static long _bytes;

    /// <param name="bytes">Nobody uses them any more. Less than 4 MiB are not counted.</param>
    public static void Add(long bytes)
    {
        if (bytes >= Least && Interlocked.Add(ref _bytes, bytes) >= Most)
        {
            Interlocked.Exchange(ref _bytes, 0);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
