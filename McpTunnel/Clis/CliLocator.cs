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

/// <summary>Where the CLIs' own installers, npm, pnpm, bun, Volta, nvm and Homebrew put a command.</summary>
internal static class CliInstallFolders
{
    public static IEnumerable<string> Of(CliEnvironment environment, string name) =>
        OperatingSystem.IsWindows() ? Windows(environment, name) : Unix(environment, name);

    private static IEnumerable<string> Unix(CliEnvironment environment, string name)
    {
        var home = environment.Home;
        yield return Path.Combine(home, ".local", "bin");
        yield return Path.Combine(home, "." + name, "local");
        yield return Path.Combine(home, "." + name, "bin");
        if (NpmPrefix(environment) is { } prefix)
        {
            yield return Path.Combine(prefix, "bin");
        }

        yield return Path.Combine(home, ".npm-global", "bin");
        yield return environment.Variable("PNPM_HOME") ?? Path.Combine(home, ".local", "share", "pnpm");
        yield return Path.Combine(home, ".bun", "bin");
        yield return Path.Combine(home, ".volta", "bin");
        yield return "/usr/local/bin";
        yield return "/opt/homebrew/bin";
        yield return "/home/linuxbrew/.linuxbrew/bin";
        yield return "/usr/bin";
        foreach (var version in NvmVersions(environment))
        {
            yield return Path.Combine(version, "bin");
        }
    }

    private static IEnumerable<string> Windows(CliEnvironment environment, string name)
    {
        var home = environment.Home;
        yield return Path.Combine(home, ".local", "bin");
        yield return Path.Combine(home, "." + name, "local");
        if (NpmPrefix(environment) is { } prefix)
        {
            yield return prefix;
        }

        yield return Path.Combine(environment.Variable("APPDATA") ?? Path.Combine(home, "AppData", "Roaming"), "npm");
        yield return environment.Variable("PNPM_HOME") ?? Path.Combine(home, "AppData", "Local", "pnpm");
        yield return Path.Combine(home, ".bun", "bin");
        yield return Path.Combine(home, "AppData", "Local", "Volta", "bin");
    }

    // npm's own order: the environment, then the user's .npmrc (npm's documentation, "npmrc").
    private static string? NpmPrefix(CliEnvironment environment)
    {
        var prefix = environment.Variable("npm_config_prefix") ?? environment.Variable("NPM_CONFIG_PREFIX");
        var settings = Path.Combine(environment.Home, ".npmrc");
        if (prefix is not null || !File.Exists(settings))
        {
            return prefix;
        }

        return File.ReadLines(settings)
            .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair is ["prefix", { Length: > 0 }])
            .Select(pair => pair[1].Replace("${HOME}", environment.Home, StringComparison.Ordinal))
            .Select(value => value.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(environment.Home, value[2..]) : value)
            .FirstOrDefault();
    }

    private static IEnumerable<string> NvmVersions(CliEnvironment environment)
    {
        var versions = Path.Combine(environment.Variable("NVM_DIR") ?? Path.Combine(environment.Home, ".nvm"), "versions", "node");
        return Directory.Exists(versions)
            ? Directory.EnumerateDirectories(versions).OrderByDescending(Directory.GetLastWriteTimeUtc)
            : [];
    }
}
