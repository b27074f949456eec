using System.Runtime.InteropServices;

namespace Polydev.McpTunnel.Processes;

/// <summary>This very program, as a child of ours is to start it.</summary>
internal static class OwnProgram
{
    /// <summary>The command word that no help lists: stdin and stdout of a CLI's child are carried to a socket of ours.</summary>
    public const string Relay = "relay";

    private const string Assembly = "polydev-mcp.dll";

    /// <summary>
    /// Its file, and what comes before its own arguments: nothing for the native binary. Built as an assembly, dotnet runs it.
    /// </summary>
    public static (string File, IReadOnlyList<string> Before) Command { get; } = Find();

    private static (string File, IReadOnlyList<string> Before) Find()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, Assembly);
        return File.Exists(assembly) ? (Dotnet(), [assembly]) : (Environment.ProcessPath!, []);
    }

    // Not of PATH: the one that runs us, whose runtime stands in shared/Microsoft.NETCore.App/VERSION below it.
    private static string Dotnet() => Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
