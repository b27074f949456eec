using System.Text;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>An installed Claude Code.</summary>
internal sealed record ClaudeCli(string Path, Version Version)
{
    public const string PathVariable = "CLAUDE_CODE_PATH";

    public const string InstallHint =
        "Install Claude Code (npm install -g @anthropic-ai/claude-code), or name its file in CLAUDE_CODE_PATH.";

    /// <summary>Of the versions that were read closely, the first with this behaviour; 2.1.197 had another.</summary>
    private static readonly Version ModelLateSince = new(2, 1, 330);

    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// 2.1.197 writes a change of model into the conversation; 2.1.330 does not. What lies between is taken for the older.
    /// </summary>
    public bool TakesModelLate => Version >= ModelLateSince;

    /// <summary>The program; empty when it is not installed.</summary>
    public static string[] Locate(CliEnvironment environment) =>
        CliLocator.Find(environment, PathVariable, "claude") is { } found && BehindShim(found) is { } program ? [program] : [];

    /// <exception cref="CliFailureException">It does not start, or does not tell its version.</exception>
    public static async Task<ClaudeCli> InspectAsync(CliEnvironment environment, string path, CancellationToken cancellationToken)
    {
        using var folder = PrivateFolder.Create(environment.RunRoot, "claude-version");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(VersionLimit);
        try
        {
            await using var process = await CliProcess.StartAsync(AskVersion(environment, path, folder));
            var line = await process.Output.ReadAsync(limit.Token);
            if (Version.TryParse(Encoding.UTF8.GetString(line ?? []).Split(' ')[0], out var version))
            {
                return new ClaudeCli(path, version);
            }

            await process.WaitForExitAsync(limit.Token);
            throw ClaudeErrors.Crashed(process.ErrorTail.LastLine);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ClaudeErrors.DoesNotStart(e);
        }
    }

    // npm's .cmd on Windows is a batch file, which only a shell could run; the program lies beside it.
    private static string? BehindShim(string path)
    {
        if (!path.EndsWith(".cmd", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".bat", StringComparison.OrdinalIgnoreCase))
        {
            return path;
        }

        var program = System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(path)!, "node_modules", "@anthropic-ai", "claude-code", "bin", "claude.exe");
        return File.Exists(program) ? program : null;
    }

    private static CliLaunch AskVersion(CliEnvironment environment, string path, PrivateFolder folder) => new()
    {
        FileName = path,
        Arguments = ["--version"],
        Environment = new Dictionary<string, string>(ChildEnvironment.From(environment.Variables))
        {
            ["HOME"] = folder.Path,
            ["USERPROFILE"] = folder.Path,
            ["CLAUDE_CONFIG_DIR"] = folder.Path,
            ["DISABLE_AUTOUPDATER"] = "1",
        },
        WorkingDirectory = folder.Path,
    };
}
