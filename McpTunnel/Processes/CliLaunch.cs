namespace Polydev.McpTunnel.Processes;

/// <summary>How a CLI is started. The environment is complete: nothing is inherited.</summary>
internal sealed record CliLaunch
{
    /// <summary>An absolute path. Never a shell.</summary>
    public required string FileName { get; init; }

    /// <summary>Never holds text of a caller: argv is visible to the whole machine.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string WorkingDirectory { get; init; }
}
