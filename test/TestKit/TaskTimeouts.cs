using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Polydev.TestKit;

/// <summary>
/// A limit for everything that a test waits for, so that a hang is a failure with a name. It says nothing of how fast the product is
/// (<see cref="BusyMachine"/> does): it holds on a machine that is busy, and stays below the runner's own limit for a hang.
/// </summary>
public static class TaskTimeouts
{
    public static readonly TimeSpan Default = Debugger.IsAttached ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(90);

    public static Task DefaultTimeout(this Task task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        WithTimeout(task, Default, file, line);

    public static async Task<T> DefaultTimeout<T>(this Task<T> task, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await WithTimeout(task, Default, file, line);
        return await task;
    }

    public static async Task WithTimeout(Task task, TimeSpan limit, string file, int line)
    {
        try
        {
            await task.WaitAsync(limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Nothing came within {limit.TotalSeconds:0} s at {Path.GetFileName(file)}:{line}.");
        }
    }
}
