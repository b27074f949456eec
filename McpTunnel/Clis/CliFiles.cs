using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Polydev.McpTunnel.Clis;

/// <summary>A cheap look at files: who they are behind all links, how long, and when they were made and written.</summary>
internal static partial class CliFiles
{
    /// <summary>A script of this size at most is looked into: it starts something else.</summary>
    private const int MaxScriptBytes = 16 * 1024;

    private const int CurrentFolder = -100;
    private const uint BasicStats = 0x7ff;

    /// <summary>Another text as soon as one of them appears, goes or changes.</summary>
    public static string Stamp(IEnumerable<string> files)
    {
        var stamp = new StringBuilder();
        foreach (var file in files)
        {
            stamp.Append(file).Append(' ').Append(StampOf(file)).Append('\n');
        }

        return stamp.ToString();
    }

    /// <summary>
    /// As <see cref="Stamp"/>, for the files of a program: those count too that a small script of it names by an absolute path, because
    /// installers put such scripts before programs that they then replace.
    /// </summary>
    public static string ProgramStamp(IReadOnlyList<string> files)
    {
        string[] all = [.. files, .. files.SelectMany(Named)];
        return $"{Stamp(all)}{string.Join('\n', all.Select(Place))}";
    }

    // What stands where: a program that was put in another's place may have its size, and its time of writing too.
    private static string Place(string file)
    {
        // The time of an inode's last change, which no copy keeps; .NET tells it nowhere, nor when a file was made on Linux.
        Span<byte> seen = stackalloc byte[256];
        return OperatingSystem.IsLinux() && Statx(CurrentFolder, file, flags: 0, BasicStats, seen) == 0
            ? $"{BitConverter.ToUInt64(seen[32..])} {BitConverter.ToInt64(seen[96..])}.{BitConverter.ToUInt32(seen[104..])}"
            : $"{File.GetCreationTimeUtc(file).Ticks}";
    }

    // glibc 2.28, musl 1.2. Its structure is the same on all processors: the inode at 32, its change (seconds, nanoseconds) at 96.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> seen);

    private static IEnumerable<string> Named(string script)
    {
        try
        {
            using var file = new FileStream(script, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxScriptBytes || file.ReadByte() != '#' || file.ReadByte() != '!')
            {
                return [];
            }

            using var reader = new StreamReader(file, Encoding.UTF8);
            return [.. Paths().Matches(reader.ReadToEnd()).Select(path => path.Value).Distinct().Where(File.Exists)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A program that may be run but not read names nothing.
            return [];
        }
    }

    private static string StampOf(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                return "-";
            }

            // A link stays the same while what it points to is replaced.
            var info = new FileInfo(file);
            info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;

            return $"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone just now, or in a folder closed to us: as good as none.
            return "-";
        }
    }

    [GeneratedRegex("""(?<![\w.~-])/[^\s"'`;|&()<>$*?]+""")]
    private static partial Regex Paths();
}
