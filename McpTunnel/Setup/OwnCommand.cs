using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>
/// How an editor is to start this very program. By a full path: an editor from the desktop has another PATH than a shell. And by the name
/// on PATH that leads here, where there is one, not by the file behind it: package managers put each version into a folder of its own and
/// point that name at the newest, so it outlives an update. Otherwise by our own file, which an update then overwrites where it is.
/// </summary>
internal static class OwnCommand
{
    private const string Program = "polydev-mcp";

    /// <param name="processPath">The running program; dotnet itself where that runs our assembly.</param>
    /// <param name="folder">Where our assembly stands.</param>
    public static ServerEntry Entry(CliEnvironment environment, string processPath, string folder, string? broker) =>
        Path.GetFileNameWithoutExtension(processPath) == "dotnet"
            ? new ServerEntry(processPath, [Path.Combine(folder, $"{Program}.dll")], broker)
            : new ServerEntry(OnPath(environment, Real(processPath)) ?? processPath, [], broker);

    private static string? OnPath(CliEnvironment environment, string real)
    {
        var name = OperatingSystem.IsWindows() ? $"{Program}.exe" : Program;
        var same = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return (environment.Variable("PATH") ?? environment.Variable("Path") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(file => File.Exists(file) && Real(file).Equals(real, same));
    }

    private static string Real(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A circular link leads nowhere, so not here.
            return path;
        }
    }
}
