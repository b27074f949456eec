namespace Polydev.McpTunnel.Processes;

/// <summary>
/// An empty folder that only this user can open, gone when disposed. It lies below
/// <c>{state}/run/{our process id}-…</c>, so that the next tunnel can sweep up after one that was killed.
/// </summary>
internal sealed class PrivateFolder : IDisposable
{
    private PrivateFolder(string path) => Path = path;

    public string Path { get; }

    public static PrivateFolder Create(string runRoot, string purpose)
    {
        var name = $"{Environment.ProcessId}-{purpose}-{Guid.NewGuid().ToString("N")[..12]}";
        var path = System.IO.Path.Combine(runRoot, name);

        OwnerOnly.CreateFolder(runRoot);
        OwnerOnly.CreateFolder(path);
        return new PrivateFolder(path);
    }

    /// <summary>A folder inside, as private.</summary>
    public string Folder(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        OwnerOnly.CreateFolder(path);
        return path;
    }

    /// <summary>Removes what processes that no longer run have left behind.</summary>
    public static void Sweep(string runRoot)
    {
        if (!Directory.Exists(runRoot))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(runRoot))
        {
            var owner = System.IO.Path.GetFileName(folder).Split('-')[0];
            if (int.TryParse(owner, out var id) && (id == Environment.ProcessId ? IsOlderThanUs(folder) : !IsRunning(id)))
            {
                Delete(folder);
            }
        }
    }

    public void Dispose() => Delete(Path);

    // In a container every start has the same id.
    private static bool IsOlderThanUs(string folder)
    {
        using var us = System.Diagnostics.Process.GetCurrentProcess();
        return Directory.GetLastWriteTimeUtc(folder) < us.StartTime.ToUniversalTime();
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A CLI that is just ending may still write here; the sweep of the next start gets the rest.
        }
    }
}
