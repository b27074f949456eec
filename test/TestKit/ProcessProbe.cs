using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>
/// Looks at the machine's processes through <c>/proc</c> (Linux): what a test left running, and when it is gone. Zombies count as gone.
/// </summary>
public static class ProcessProbe
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Every descendant of the process, itself not included.</summary>
    public static IReadOnlyList<RunningProcess> DescendantsOf(int processId)
    {
        var children = All().ToLookup(process => process.ParentId);
        var found = new List<RunningProcess>(children[processId]);
        for (var index = 0; index < found.Count; index++)
        {
            found.AddRange(children[found[index].Id]);
        }

        return found;
    }

    /// <summary>Every process whose command line or environment holds the marker: this finds orphans too. Ourselves are left out.</summary>
    public static IReadOnlyList<RunningProcess> WithMarker(string marker) =>
        [.. All().Where(process => process.Id != Environment.ProcessId
            && (process.CommandLine.Contains(marker, StringComparison.Ordinal)
                || Read(process.Id, "environ").Contains(marker, StringComparison.Ordinal)))];

    public static bool IsRunning(int processId) => Find(processId) is not null;

    /// <summary>Waits until nothing is found any more; fails with what is still there at the deadline.</summary>
    /// <param name="deadline">A demand on the product: longer on a machine that is busy (<see cref="BusyMachine"/>).</param>
    public static async Task AssertGoneAsync(Func<IReadOnlyList<RunningProcess>> find, TimeSpan deadline)
    {
        var wait = new BusyMachine.Wait(deadline);
        using var ticks = new PeriodicTimer(Interval);
        var found = find();
        while (found.Count > 0 && !wait.IsOver())
        {
            await ticks.WaitForNextTickAsync();
            found = find();
        }

        Assert.That(found, Is.Empty, $"Processes were not gone {wait}.");
    }

    /// <summary>SIGKILL to each. One that has ended by itself, because another of them was killed, is passed over.</summary>
    public static void Kill(IEnumerable<RunningProcess> victims)
    {
        foreach (var victim in victims)
        {
            try
            {
                using var process = Process.GetProcessById(victim.Id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It had ended already.
            }
        }
    }

    /// <summary>Of the processes with these ids, those that still run.</summary>
    public static IReadOnlyList<RunningProcess> Running(IEnumerable<int> processIds) =>
        [.. processIds.Select(Find).OfType<RunningProcess>()];

    private static IEnumerable<RunningProcess> All() =>
        Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Find(id) : null)
            .OfType<RunningProcess>();

    private static RunningProcess? Find(int processId)
    {
        // "pid (name) state ppid …": the name may hold blanks and parentheses of its own.
        var stat = Read(processId, "stat");
        var afterName = stat.LastIndexOf(')') + 2;
        if (stat.Length <= afterName)
        {
            return null;
        }

        var fields = stat[afterName..].Split(' ');
        var commandLine = Read(processId, "cmdline").Replace('\0', ' ').TrimEnd();
        return fields[0] is "Z" or "X"
            ? null
            : new RunningProcess(processId, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0], commandLine);
    }

    /// <summary>Empty for a process that has ended meanwhile, or that is not ours to read.</summary>
    private static string Read(int processId, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{processId}/{file}"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}

/// <summary>A process as <c>/proc</c> shows it.</summary>
/// <param name="State">R, S, D, Z…</param>
public sealed record RunningProcess(int Id, int ParentId, char State, string CommandLine);
