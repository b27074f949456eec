using System.Collections.Concurrent;
using System.Diagnostics;

namespace Polydev.McpTunnel.Processes;

/// <summary>
/// Starts children so that none outlives this process. On Linux the kernel kills them with us (<c>PR_SET_PDEATHSIG</c>, set by
/// <c>setpriv</c>); it watches the thread that forked (prctl(2)), so one thread, which lives as long as we do, starts them all.
/// On Windows a job object does it. Elsewhere the closing of their stdin ends them.
/// </summary>
internal static class ProcessSpawner
{
    private static readonly string? SetPriv = FindSetPriv();
    private static readonly BlockingCollection<Action> Requests = StartThread();

    public static Task<Process> StartAsync(ProcessStartInfo info)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add(() =>
        {
            try
            {
                started.SetResult(Start(info));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task;
    }

    private static Process Start(ProcessStartInfo info)
    {
        if (SetPriv is not null)
        {
            string[] prefix = ["--pdeathsig", "KILL", "--", info.FileName];
            for (var i = 0; i < prefix.Length; i++)
            {
                info.ArgumentList.Insert(i, prefix[i]);
            }

            info.FileName = SetPriv;
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException("The operating system started no process.");
        if (OperatingSystem.IsWindows())
        {
            WindowsJob.Assign(process);
        }

        return process;
    }

    private static string? FindSetPriv() =>
        OperatingSystem.IsLinux() ? Array.Find(["/usr/bin/setpriv", "/bin/setpriv"], File.Exists) : null;

    private static BlockingCollection<Action> StartThread()
    {
        var requests = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var request in requests.GetConsumingEnumerable())
            {
                request();
            }
        })
        { IsBackground = true, Name = "process-spawner" };
        thread.Start();
        return requests;
    }
}
