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

    private readonly FileStream _file;

    /// <param name="file">Opened for all to read and write. Nothing is read or written through it here.</param>
    public FileLock(FileStream file)
    {
        _file = file;
        if (!OperatingSystem.IsWindows())
        {
            // .NET has taken a shared one, to keep others from opening the file for themselves alone.
            TryChange(Operation.Unlock);
        }
    }

    // Of flock(2), which Linux, macOS and the BSDs number alike.
    private enum Operation
    {
        Exclusive = 2,
        DoNotWait = 4,
        Unlock = 8,
    }

    /// <summary>Waits for another process, which has it for some microseconds.</summary>
    /// <returns>False: not within the time.</returns>
    public bool TryTake(TimeSpan most)
    {
        if (TryTake())
        {
            return true;
        }

        var (waiting, until) = (new SpinWait(), Environment.TickCount64 + (long)most.TotalMilliseconds);
        do
        {
            waiting.SpinOnce();
            if (TryTake())
            {
                return true;
            }
        }
        while (Environment.TickCount64 < until);
        return false;
    }

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
        const int WouldBlock = 11;
        const int WouldBlockOnMac = 35;
        while (Flock(_file.SafeFileHandle, operation) != 0)
        {
            const int Interrupted = 4;
            var error = Marshal.GetLastPInvokeError();
            if (error is WouldBlock or WouldBlockOnMac)
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw new IOException($"'{_file.Name}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, Operation operation);
}
