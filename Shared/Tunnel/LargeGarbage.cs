namespace Polydev.Shared.Tunnel;

/// <summary>
/// Has what large conversations leave behind collected in time. The collector lets large objects lie until some hundred MB of them have
/// gathered, and keeps the memory then. A body of 32 MB is four times that in texts and copies, and a second of work: beside it a
/// collection of our small heap is nothing.
/// </summary>
public static class LargeGarbage
{
    private const long Most = 32L * 1024 * 1024;

    // With smaller ones the collector keeps up by itself, and a stream of them is not to pay for it.
    private const long Least = 4L * 1024 * 1024;

    // A tunnel of ours says no more than 192 KiB at a time (TunnelProtocol.MaxDeltaChars), but for the rare tool call or picture.
    private const long LeastSaid = 256 * 1024;

    private static long _bytes;

    /// <param name="bytes">Nobody uses them any more. Less than 4 MiB are not counted.</param>
    public static void Add(long bytes) => Add(bytes, Least);

    /// <param name="size">
    /// Of one thing that a tunnel has said, and that has been dealt with, in bytes or characters. Less than 256 Ki are not counted.
    /// </param>
    public static void AddSaid(long size) => Add(size, LeastSaid);

    private static void Add(long bytes, long least)
    {
        if (bytes >= least && Interlocked.Add(ref _bytes, bytes) >= Most)
        {
            Interlocked.Exchange(ref _bytes, 0);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
