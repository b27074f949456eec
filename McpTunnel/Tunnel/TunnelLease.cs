namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// The right to be this machine's one tunnel for an account: an exclusively opened file. The operating system gives it up with
/// the process, however that ends.
/// </summary>
internal sealed class TunnelLease : IDisposable
{
    /// <summary>How often those who stand by try again: the take-over is to come within 2 s.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private readonly FileStream _file;

    private TunnelLease(FileStream file) => _file = file;

    // EWOULDBLOCK of flock: 11 on Linux, 35 on macOS. On Windows ERROR_SHARING_VIOLATION, as an HRESULT.
    private static readonly int Held =
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>Null while another holds it.</summary>
    /// <exception cref="IOException">A disk that is full or read-only, or whatever else keeps the file from being opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The state folder is not ours to write to.</exception>
    public static TunnelLease? TryTake(string path)
    {
        try
        {
            return new TunnelLease(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult == Held)
        {
            return null;
        }
    }

    /// <param name="standBy">Called once, when another turns out to hold it.</param>
    public static async Task<TunnelLease> TakeAsync(string path, Action standBy, TimeProvider time, CancellationToken cancellationToken)
    {
        if (TryTake(path) is { } free)
        {
            return free;
        }

        var retry = Task.Delay(RetryInterval, time, cancellationToken);
        standBy();
        while (true)
        {
            await retry;
            if (TryTake(path) is { } freed)
            {
                return freed;
            }

            retry = Task.Delay(RetryInterval, time, cancellationToken);
        }
    }

    // The file stays: removing it would let two hold "it" at once, each its own.
    public void Dispose() => _file.Dispose();
}
