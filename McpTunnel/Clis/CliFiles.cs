using System.Text;

namespace Polydev.McpTunnel.Clis;

/// <summary>A cheap look at files: who they are, how long, and when they were written. Their content is not read.</summary>
internal static class CliFiles
{
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
            return $"{info.Length} {info.LastWriteTimeUtc.Ticks}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone just now, or in a folder closed to us: as good as none.
            return "-";
        }
    }
}
