using Microsoft.Win32;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Administrators' settings (files of the system, MDM, Windows policies) that stand above what a lock can set: with one of them nobody
/// knows whether the lock holds. The CLI is then not used, unless the user says so by <c>POLYDEV_ALLOW_MANAGED=1</c>.
/// </summary>
internal static class CliManaged
{
    public const string AllowVariable = "POLYDEV_ALLOW_MANAGED";

    private const string Machine = @"HKLM\";
    private const string User = @"HKCU\";

    /// <exception cref="CliFailureException">NO_CLI: there is one, and the message names it.</exception>
    public static void ThrowIfAny(CliEnvironment environment, IEnumerable<string> layers)
    {
        if (!IsAllowed(environment) && Found(layers).FirstOrDefault() is { } found)
        {
            throw new CliFailureException(
                FailureKind.NoCli,
                $"An administrator's settings ({found}) stand above the locks of this CLI, so it is not used. If you know that they let "
                + $"no caller reach your machine, set {AllowVariable}=1.");
        }
    }

    /// <summary>The user has said that they do no harm.</summary>
    public static bool IsAllowed(CliEnvironment environment) => environment.Variable(AllowVariable) == "1";

    /// <summary>Those of them that are there.</summary>
    public static IEnumerable<string> Found(IEnumerable<string> layers) => layers.Where(Exists);

    /// <param name="paths">Below the system's root, with slashes. Those of all systems: what is not this one's is not there.</param>
    public static IEnumerable<string> Files(CliEnvironment environment, params IEnumerable<string> paths) =>
        paths.Select(path => Path.Combine(environment.SystemRoot, path));

    /// <summary>The files of that ending in a folder where each one counts.</summary>
    public static IEnumerable<string> FilesIn(CliEnvironment environment, string folder, string ending)
    {
        var path = Path.Combine(environment.SystemRoot, folder);
        return Directory.Exists(path) ? Directory.EnumerateFiles(path, $"*{ending}").Order(StringComparer.Ordinal) : [];
    }

    /// <summary>What an MDM sets on macOS: for all users, and for one.</summary>
    /// <param name="domain">Such as <c>com.openai.codex</c>.</param>
    public static IEnumerable<string> Preferences(CliEnvironment environment, string domain)
    {
        var folder = Path.Combine(environment.SystemRoot, "Library", "Managed Preferences");
        return Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Prepend(folder).Select(owner => Path.Combine(owner, $"{domain}.plist"))
            : [];
    }

    /// <summary>A key of Windows' policies: for the machine, and for the user.</summary>
    public static IEnumerable<string> Policies(string name) => OperatingSystem.IsWindows()
        ? [$@"{Machine}SOFTWARE\Policies\{name}", $@"{User}SOFTWARE\Policies\{name}"]
        : [];

    // An empty file sets nothing.
    private static bool Exists(string layer)
    {
        if (OperatingSystem.IsWindows() && layer.StartsWith("HK", StringComparison.Ordinal))
        {
            var root = layer.StartsWith(Machine, StringComparison.Ordinal) ? Registry.LocalMachine : Registry.CurrentUser;
            using var key = root.OpenSubKey(layer[Machine.Length..]);
            return key is not null;
        }

        return new FileInfo(layer) is { Exists: true, Length: > 0 };
    }
}
