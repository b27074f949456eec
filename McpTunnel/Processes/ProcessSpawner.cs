using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Polydev.McpTunnel.Processes;

/// <summary>
/// Starts children so that none outlives this process. On Linux the kernel kills them with us (<c>PR_SET_PDEATHSIG</c>, set by
/// <c>setpriv</c>); it watches the thread that forked (prctl(2)), so one thread, which lives as long as we do, starts them all;
/// and each leads a process group of its own (<c>setsid</c>), so that its own children can be ended with it, and a terminal's
/// Ctrl+C is ours alone. On Windows a job object does it. Elsewhere the closing of their stdin ends them.
/// </summary>
internal static class ProcessSpawner
{
    /// <summary>ENOENT and ERROR_FILE_NOT_FOUND.</summary>
    private const int NoSuchFile = 2;

    // Each replaces itself by what follows it: the process id stays.
    private static readonly string[] Wrapper =
        [.. Wrap("setsid"), .. Wrap("setpriv", "--pdeathsig", "KILL", "--")];

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
        if (!File.Exists(info.FileName))
        {
            throw new Win32Exception(NoSuchFile);
        }

        if (Wrapper.Length > 0)
        {
            string[] prefix = [.. Wrapper[1..], info.FileName];
            for (var i = 0; i < prefix.Length; i++)
            {
                info.ArgumentList.Insert(i, prefix[i]);
            }

            info.FileName = Wrapper[0];
        }

        var process = Process.Start(info) ?? throw new InvalidOperationException("The operating system started no process.");
        if (OperatingSystem.IsWindows())
        {
            WindowsJob.Assign(process);
        }

        return process;
    }

    private static string[] Wrap(string name, params string[] arguments)
    {
        var path = OperatingSystem.IsLinux() ? Array.Find([$"/usr/bin/{name}", $"/bin/{name}"], File.Exists) : null;
        return path is null ? [] : [path, .. arguments];
    }

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
