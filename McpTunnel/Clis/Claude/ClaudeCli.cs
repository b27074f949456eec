using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>An installed Claude Code.</summary>
internal sealed record ClaudeCli(string Path, Version Version, DateTime Written)
{
    /// <summary>The newest version that the lock and the stream were tested with.</summary>
    public static readonly Version Tested = new(2, 1, 330);

    /// <summary>The oldest one. Before it, nobody has tried the lock: such a CLI is not started for a caller.</summary>
    public static readonly Version Oldest = new(2, 1, 197);

    private const string OverrideVariable = "CLAUDE_CODE_PATH";
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(20);

    /// <summary>2.1.197 writes a change of model into the conversation; 2.1.330 does not. What lies between is taken for the older.</summary>
    public bool TakesModelLate => Version >= Tested;

    public bool IsTooOld => Version < Oldest;

    /// <param name="known">An earlier result: it stands while the file is the same.</param>
    /// <returns>Null when it is not installed.</returns>
    /// <exception cref="CliFailureException">It does not start, or does not tell its version.</exception>
    public static async Task<ClaudeCli?> FindAsync(CliEnvironment environment, ClaudeCli? known, CancellationToken cancellationToken)
    {
        var path = CliLocator.Find(environment, OverrideVariable, "claude");
        path = path is null ? null : BehindShim(path);
        if (path is null)
        {
            return null;
        }

        var written = File.GetLastWriteTimeUtc(path);
        return known is not null && known.Path == path && known.Written == written
            ? known
            : new ClaudeCli(path, await AskVersionAsync(environment, path, cancellationToken), written);
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

    private static async Task<Version> AskVersionAsync(CliEnvironment environment, string path, CancellationToken cancellationToken)
    {
        using var folder = PrivateFolder.Create(environment.RunRoot, "claude-version");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(VersionLimit);
        try
        {
            await using var process = await CliProcess.StartAsync(new CliLaunch
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
            });
            var line = await process.Output.ReadAsync(limit.Token);
            var text = System.Text.Encoding.UTF8.GetString(line ?? []).Split(' ')[0];
            if (Version.TryParse(text, out var version))
            {
                return version;
            }

            await process.WaitForExitAsync(limit.Token);
            throw ClaudeErrors.Crashed(process.ErrorTail.LastLine);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or InvalidDataException)
        {
            throw ClaudeErrors.DoesNotStart(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ClaudeErrors.DoesNotStart(e);
        }
    }
}
