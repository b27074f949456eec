using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Polydev.Broker.Storage;

/// <summary>
/// A lock between processes, on an open file: the system gives it back when its holder dies. It is told apart by open handles, so that two
/// of one process keep each other out, too. One thread of a process at a time may ask for one handle's.
/// </summary>
internal sealed partial class FileLock : IDisposable
{
    // Behind all that is ever written: Windows keeps others away from the bytes themselves.
    private const long WindowsByte = 1L << 40;

    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;

    private readonly FileStream _file;

    private FileLock(FileStream file)
    {
        _file = file;
        Handle = file.SafeFileHandle;
        if (!OperatingSystem.IsWindows())
        {
            TryChange(Operation.Unlock);
        }
    }

    public string Path => _file.Name;

    /// <summary>To be read and written by who has the lock. A stream moves in its file each time that it is asked for its handle.</summary>
    public SafeFileHandle Handle { get; }

    // Of flock(2), which Linux, macOS and the BSDs number alike.
    private enum Operation
    {
        Exclusive = 2,
        DoNotWait = 4,
        Unlock = 8,
    }

    /// <summary>
    /// Opens a file that exists. .NET then takes a shared lock, to keep others from opening it for themselves alone, and fails at once
    /// where another process has ours: so it is waited for here, too, and given back.
    /// </summary>
    /// <returns>Null: another process had it all the time.</returns>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static FileLock? TryOpen(string path, TimeSpan most)
    {
        FileLock? opened = null;
        return TryUntil(Open, most) ? opened : null;

        bool Open()
        {
            try
            {
                opened = new FileLock(new FileStream(
                    path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
                return true;
            }
            catch (IOException e) when (e.HResult is WouldBlock or WouldBlockOnMac)
            {
                return false;
            }
        }
    }

    /// <summary>Waits for another process, which has it for some microseconds.</summary>
    /// <returns>False: not within the time.</returns>
    public bool TryTake(TimeSpan most) => TryTake() || TryUntil(TryTake, most);

    public void GiveBack()
    {
        if (OperatingSystem.IsWindows())
        {
            _file.Unlock(WindowsByte, 1);
        }
        else
        {
            TryChange(Operation.Unlock);
        }
    }

    public void Dispose() => _file.Dispose();

    private static bool TryUntil(Func<bool> attempt, TimeSpan most)
    {
        var (waiting, until) = (new SpinWait(), Environment.TickCount64 + (long)most.TotalMilliseconds);
        while (!attempt())
        {
            if (Environment.TickCount64 >= until)
            {
                return false;
            }

            waiting.SpinOnce();
        }

        return true;
    }

    private bool TryTake()
    {
        if (!OperatingSystem.IsWindows())
        {
            return TryChange(Operation.Exclusive | Operation.DoNotWait);
        }

        try
        {
            _file.Lock(WindowsByte, 1);
            return true;
        }
        catch (IOException)
        {
            // Another has it: Windows has no other way to say so.
            return false;
        }
    }

    private bool TryChange(Operation operation)
    {
        while (Flock(Handle, operation) != 0)
        {
            const int Interrupted = 4;
            var error = Marshal.GetLastPInvokeError();
            if (error is WouldBlock or WouldBlockOnMac)
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw new IOException($"'{Path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, Operation operation);
}
