using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>A program that starts MCP servers, as data: where its file is, what goes into it, and how it is asked what it has.</summary>
internal sealed record Editor
{
    /// <summary>As it is called on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>As its maker calls it.</summary>
    public required string Title { get; init; }

    public required IEntryFormat Format { get; init; }

    /// <summary>Where its user-wide file may be, the place of its newest version first. Absolute paths.</summary>
    public required Func<EditorMachine, IEnumerable<string>> Files { get; init; }

    /// <summary>Folders or files of which one exists wherever it has run.</summary>
    public required Func<EditorMachine, IEnumerable<string>> Signs { get; init; }

    /// <summary>Its own command line, program first; empty where there is none, or it is not installed.</summary>
    public Func<CliEnvironment, IReadOnlyList<string>> Program { get; init; } = _ => [];

    public bool IsInstalled(EditorMachine machine) =>
        Program(machine.Clis).Count > 0 || Signs(machine).Any(sign => Directory.Exists(sign) || File.Exists(sign));

    /// <summary>
    /// Every file that there is: versions from before and after a move read different ones. Where there is none, the one whose folder
    /// exists, else the newest version's.
    /// </summary>
    public IReadOnlyList<string> Targets(EditorMachine machine)
    {
        string[] all = [.. Files(machine)];
        string[] existing = [.. all.Where(file => File.Exists(file) || new FileInfo(file).LinkTarget is not null)];
        return existing.Length > 0 ? existing : [all.FirstOrDefault(file => Directory.Exists(Path.GetDirectoryName(file))) ?? all[0]];
    }
}

internal enum SystemKind
{
    Linux,
    MacOs,
    Windows,
}

/// <summary>The user's machine, as editors look for their files on it.</summary>
internal sealed record EditorMachine(CliEnvironment Clis, SystemKind System)
{
    public static SystemKind ThisSystem =>
        OperatingSystem.IsWindows() ? SystemKind.Windows : OperatingSystem.IsMacOS() ? SystemKind.MacOs : SystemKind.Linux;

    public string Home => Clis.Home;

    /// <summary>
    /// Electron's appData: <c>%APPDATA%</c>, <c>~/Library/Application Support</c>, <c>$XDG_CONFIG_HOME</c> (Electron's documentation of
    /// <c>app.getPath</c>).
    /// </summary>
    public string AppData => System switch
    {
        SystemKind.Windows => Variable("APPDATA") ?? InHome("AppData", "Roaming"),
        SystemKind.MacOs => InHome("Library", "Application Support"),
        _ => Config,
    };

    /// <summary><c>$XDG_CONFIG_HOME</c>, else <c>~/.config</c>.</summary>
    public string Config => Variable("XDG_CONFIG_HOME") ?? InHome(".config");

    /// <summary>The variable's value, if it is an absolute path.</summary>
    public string? Variable(string name) =>
        Clis.Variable(name)?.Trim() is { } value && Path.IsPathFullyQualified(value) ? value : null;

    public string InHome(params ReadOnlySpan<string> parts) => Path.Combine([Home, .. parts]);
}
