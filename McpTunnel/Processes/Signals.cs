using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Polydev.McpTunnel.Processes;

/// <summary>The polite end of a process, which .NET lacks.</summary>
internal static partial class Signals
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;

    /// <summary>SIGTERM where there are signals; on Windows the end of the process tree.</summary>
    public static void Terminate(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            process.Kill(entireProcessTree: true);
        }
        else
        {
            // ESRCH only says that it has gone by itself.
            _ = Kill(process.Id, Sigterm);
        }
    }

    /// <summary>SIGKILL to what is left of the group that the process led; where it led none, to nobody.</summary>
    public static void KillGroup(int processId)
    {
        if (!OperatingSystem.IsWindows())
        {
            // ESRCH: nobody is left.
            _ = Kill(-processId, Sigkill);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
