using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// The Gemini CLI on this machine: the script of its npm package, and the Node that runs it. Started directly: its own launcher would leave
/// a child behind.
/// </summary>
internal sealed record GeminiCli(string Node, string Script, string Version)
{
    public const string PathVariable = "GEMINI_CLI_PATH";

    /// <summary>Names the Node to use where PATH has none, or another one than the CLI needs.</summary>
    public const string NodeVariable = "GEMINI_CLI_NODE_PATH";

    public const string InstallHint =
        "Install Gemini CLI (npm install -g @google/gemini-cli) and give it an API key (GEMINI_API_KEY) or an enterprise login.";

    private const string Description = "package.json";

    /// <summary>Script, Node, and the package's description; empty when one of the first two is missing.</summary>
    public static string[] Locate(CliEnvironment environment) =>
        CliLocator.Find(environment, PathVariable, "gemini") is { } found && ScriptBehind(found) is { } script
        && FindNode(environment, PackageOf(script)) is { } node
            ? [script, node, Path.Combine(PackageOf(script), Description)]
            : [];

    public static GeminiCli Inspect(string script, string node) => new(node, script, ReadVersion(PackageOf(script)));

    private static string PackageOf(string script) => Path.GetDirectoryName(Path.GetDirectoryName(script))!;

    // On Windows npm puts a .cmd beside (global) or two folders beside (local) the package.
    private static string? ScriptBehind(string found)
    {
        var folder = Path.GetDirectoryName(found)!;
        string[] scripts = Path.GetExtension(found) switch
        {
            ".js" => [found],
            ".cmd" or ".bat" => [InPackages(Path.Combine(folder, "node_modules")), InPackages(Path.Combine(folder, ".."))],
            _ => [],
        };
        return scripts.Select(Path.GetFullPath).FirstOrDefault(File.Exists);
    }

    private static string InPackages(string modules) => Path.Combine(modules, "@google", "gemini-cli", "bundle", "gemini.js");

    // A package installed by a version manager's npm stands below the prefix whose bin folder holds its Node: that one first.
    private static string? FindNode(CliEnvironment environment, string package)
    {
        var beside = Path.GetFullPath(Path.Combine(package, "..", "..", "..", "..", "bin", "node"));
        return environment.Variable(NodeVariable) is null && !OperatingSystem.IsWindows() && File.Exists(beside)
            ? beside
            : CliLocator.Find(environment, NodeVariable, "node");
    }

    private static string ReadVersion(string package)
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(package, Description)));
            return file.RootElement.TryGetProperty("version", out var version) ? version.ToString() : string.Empty;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            // A package without its description: its self-test tells more than its version could.
            return string.Empty;
        }
    }
}
