namespace Polydev.McpTunnel.Clis.Sessions;

/// <summary>What sessions must have in common to serve the same calls.</summary>
/// <param name="Stamp">Of the CLI's program and of the user's login: another one, another process.</param>
/// <param name="Model">Where a CLI must be told it at its start; else null.</param>
internal readonly record struct CliSessionKey(string Stamp, string? Model)
{
    /// <summary>False: no session waits for the next call.</summary>
    public bool IsWarmed { get; init; } = true;
}
