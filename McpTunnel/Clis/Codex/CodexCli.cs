using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// The Codex CLI on this machine: its native program, which starts in a quarter of the time that the npm package's Node wrapper takes.
/// </summary>
/// <param name="Catalog">The models that it knows by itself.</param>
internal sealed record CodexCli(string FileName, CodexCatalog Catalog)
{
    public const string PathVariable = "CODEX_CLI_PATH";

    public const string InstallHint = "Install Codex CLI (npm install -g @openai/codex) and log in with: codex login.";

    /// <summary>False where its own catalog could not be read: <see cref="Catalog"/> is then the product's models only.</summary>
    public bool HasOwnCatalog { get; init; } = true;

    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(20);

    /// <summary>The program; empty when it is not installed.</summary>
    public static string[] Locate(CliEnvironment environment) =>
        CliLocator.Find(environment, PathVariable, "codex") is { } found ? [Native(found) ?? found] : [];

    /// <exception cref="CliFailureException">It hangs.</exception>
    public static async Task<CodexCli> InspectAsync(
        CliEnvironment environment, string path, ILogger logger, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadLimit);
        try
        {
            return new CodexCli(path, await CodexCatalog.ReadAsync(path, environment, limit.Token));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw CodexErrors.NotStarted(new TimeoutException($"It did not tell its models within {ReadLimit.TotalSeconds:0} s.", e));
        }
        catch (Exception e) when (e is InvalidDataException or Win32Exception)
        {
            // The product's own models still work; whether the program does is for the session to say.
            CliLog.ModelsUnreadable(logger, Providers.Codex, e);
            return new CodexCli(path, new CodexCatalog([])) { HasOwnCatalog = false };
        }
    }

    // The wrapper is {package}/bin/codex.js, or on Windows a .cmd beside (global) or two folders beside (local) the package.
    private static string? Native(string found)
    {
        var folder = Path.GetDirectoryName(found)!;
        string[] packages = Path.GetExtension(found) switch
        {
            ".js" => [Path.GetDirectoryName(folder)!],
            ".cmd" or ".bat" => [Path.Combine(folder, "node_modules", "@openai", "codex"), Path.Combine(folder, "..", "@openai", "codex")],
            _ => [],
        };
        return packages.SelectMany(InPackage).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> InPackage(string package)
    {
        var (name, triple) = Platform();
        var program = OperatingSystem.IsWindows() ? "codex.exe" : "codex";
        string[] homes = [Path.Combine(package, "node_modules", "@openai", name), Path.Combine(package, "..", name), package];
        return homes.Select(home => Path.GetFullPath(Path.Combine(home, "vendor", triple, "bin", program)));
    }

    private static (string Package, string Triple) Platform()
    {
        var arm = RuntimeInformation.OSArchitecture == Architecture.Arm64;
        var (system, triple) =
            OperatingSystem.IsWindows() ? ("win32", "pc-windows-msvc")
            : OperatingSystem.IsMacOS() ? ("darwin", "apple-darwin")
            : ("linux", "unknown-linux-musl");
        return ($"codex-{system}-{(arm ? "arm64" : "x64")}", $"{(arm ? "aarch64" : "x86_64")}-{triple}");
    }
}
