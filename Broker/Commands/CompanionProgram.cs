namespace Polydev.Broker.Commands;

/// <summary>Where polydev-mcp stands: <c>POLYDEV_MCP_PATH</c>, else the folder <c>tunnel</c> that the build puts beside the broker.</summary>
internal static class CompanionProgram
{
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static (string File, IReadOnlyList<string> Arguments) Find()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "tunnel");
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("POLYDEV_MCP_PATH"),
            Path.Combine(folder, OperatingSystem.IsWindows() ? "polydev-mcp.exe" : "polydev-mcp"),
            Path.Combine(folder, "polydev-mcp.dll"),
        ];
        var found = Array.Find(candidates, File.Exists)
            ?? throw new FileNotFoundException("polydev-mcp was not found beside the broker. Set POLYDEV_MCP_PATH to it.");
        return found.EndsWith(".dll", StringComparison.Ordinal) ? (Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", [found]) : (found, []);
    }
}
