namespace Polydev.McpTunnel.Clis;

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
