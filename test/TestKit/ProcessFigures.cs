using System.Globalization;

namespace Polydev.TestKit;

/// <summary>What one process holds of the machine, as <c>/proc</c> tells it (Linux).</summary>
public static class ProcessFigures
{
    /// <summary>
    /// What each open handle is of: a file's path, <c>socket:[…]</c>, <c>pipe:[…]</c>. Empty for a process that has ended, or that is not
    /// ours to read.
    /// </summary>
    public static IReadOnlyList<string> Handles(int processId)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Select(path => new FileInfo(path).LinkTarget ?? "")];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Resident memory in MB (2^20 bytes).</summary>
    public static double ResidentMegabytes(int processId) => Megabytes(processId, "VmRSS:");

    /// <summary>The most that it ever had resident, in MB (2^20 bytes).</summary>
    public static double PeakMegabytes(int processId) => Megabytes(processId, "VmHWM:");

    /// <summary>
    /// The processes that hold the end with this port of a TCP connection that stands: who has sent a request, as its receiver sees it.
    /// </summary>
    public static IReadOnlyList<int> OwnersOfPort(int port)
    {
        var sockets = new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .SelectMany(table => File.ReadLines(table).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(row => int.Parse(row[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) == port)
            .Select(row => $"socket:[{row[9]}]")
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Directory.EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
                .Where(id => Handles(id).Any(sockets.Contains)),
        ];
    }

    private static double Megabytes(int processId, string figure)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(figure, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
