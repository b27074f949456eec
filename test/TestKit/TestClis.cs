using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>
/// The real CLIs and SDKs that <c>test/run</c> installs from <c>test/Clis</c>. They are looked for in <c>POLYDEV_TEST_CLIS</c>, else in
/// that folder; what is missing fails the test, because a test of the CLIs that runs without them shows nothing.
/// </summary>
public static class TestClis
{
    private static readonly string SystemName = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
    private static readonly string Platform = $"{SystemName}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>The folder that holds <c>node_modules</c>.</summary>
    public static string Folder =>
        Environment.GetEnvironmentVariable("POLYDEV_TEST_CLIS") is { Length: > 0 } folder
            ? folder
            : Path.Combine(RepositoryFolders.Test, "Clis");

    /// <summary>The native binary.</summary>
    public static string Claude => Find($"@anthropic-ai/claude-code-{Platform}/{Executable("claude")}");

    /// <summary>Claude Code 2.1.197 and 2.1.332: before and after <see cref="Claude"/>.</summary>
    public static IReadOnlyList<string> OtherClaudes =>
    [
        .. new[] { "older", "newer" }.Select(age =>
            Find($"claude-code-{age}/node_modules/@anthropic-ai/claude-code-{Platform}/{Executable("claude")}")),
    ];

    /// <summary>The native binary, not npm's Node wrapper.</summary>
    public static string Codex => Find($"@openai/codex-{Platform}/vendor/{RustTriple}/bin/{Executable("codex")}");

    /// <summary>The script that <see cref="Node"/> runs.</summary>
    public static string Gemini => Find("@google/gemini-cli/bundle/gemini.js");

    /// <summary>The MCP inspector's script; with <c>--cli</c> it needs no browser.</summary>
    public static string McpInspector => Find("@modelcontextprotocol/inspector/cli/build/cli.js");

    public static string Node => FindOnPath(Executable("node"));

    private static string RustTriple
    {
        get
        {
            var processor = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
            return OperatingSystem.IsWindows() ? $"{processor}-pc-windows-msvc"
                : OperatingSystem.IsMacOS() ? $"{processor}-apple-darwin"
                : $"{processor}-unknown-linux-musl";
        }
    }

    private static string Executable(string name) => OperatingSystem.IsWindows() ? $"{name}.exe" : name;

    private static string Find(string module)
    {
        var path = Path.GetFullPath(Path.Combine(Folder, "node_modules", module));
        Assert.That(
            path, Does.Exist, "This test needs a real CLI: test/run installs them, or POLYDEV_TEST_CLIS names a folder that has them.");
        return path;
    }

    private static string FindOnPath(string file)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
        Assert.That(found, Is.Not.Null, $"This test needs {file} on PATH: see test/run.");
        return found!;
    }
}
