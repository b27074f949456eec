namespace Polydev.McpTunnel.Clis.Sessions;

/// <summary>How many sessions wait, and for how long.</summary>
internal sealed record CliSessionPoolOptions
{
    /// <summary>
    /// Sessions kept warm for each CLI (and model, where the CLI needs that) from the first call on. 0: none. <c>POLYDEV_WARM_SESSIONS</c>.
    /// </summary>
    public int Warm { get; init; } = 1;

    /// <summary>Keys (models) with warm sessions at the same time; the one not asked for the longest gives way.</summary>
    public int WarmKeys { get; init; } = 3;

    /// <summary>Without a call for this long, the warm sessions are ended. <c>POLYDEV_WARM_IDLE_MINUTES</c>.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(15);
}
