namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Finds a CLI's executable: the user's override, then PATH, then the folders that installers use but a desktop program's PATH
/// often lacks. Reads the file system only; looks anew each time.
/// </summary>
internal static class CliLocator
{
    /// <param name="overrideVariable">
    /// Such as <c>CODEX_CLI_PATH</c>: the executable, or the folder that holds it. When it is set, nothing else counts.
    /// </param>
    /// <param name="name">The command without an extension.</param>
    /// <returns>The absolute path of the real file behind all symbolic links; null when there is none.</returns>
    public static string? Find(CliEnvironment environment, string overrideVariable, string name)
    {
        if (environment.Variable(overrideVariable) is { } chosen)
        {
            return Real(chosen) ?? InFolder(chosen, name) ?? InFolder(Path.Combine(chosen, "bin"), name);
        }

        return OnPath(environment).Concat(CliInstallFolders.Of(environment, name))
            .Select(folder => InFolder(folder, name))
            .FirstOrDefault(found => found is not null);
    }

    // A relative entry would mean another file in each working directory.
    private static IEnumerable<string> OnPath(CliEnvironment environment) =>
        (environment.Variable("PATH") ?? environment.Variable("Path") ?? string.Empty)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(Path.IsPathFullyQualified);

    private static string? InFolder(string folder, string name)
    {
        string[] extensions = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [string.Empty];
        return extensions.Select(extension => Real(Path.Combine(folder, name + extension))).FirstOrDefault(found => found is not null);
    }

    private static string? Real(string path)
    {
        try
        {
            // Most of the places that are searched hold nothing: to follow a link that is not there would cost an exception each.
            var full = Path.GetFullPath(path);
            if (!File.Exists(full))
            {
                return null;
            }

            var real = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            return IsExecutable(real) ? real : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A broken or circular link, or a folder closed to us: not a CLI that we could start.
            return null;
        }
    }

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
