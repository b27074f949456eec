namespace Polydev.McpTunnel.Tunnel;

/// <summary>How a connection came to its end, and what follows from it.</summary>
internal sealed record ConnectionEnd
{
    public required ConnectionEndKind Kind { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>The broker's wish; zero when it has none.</summary>
    public TimeSpan RetryAfter { get; init; }
}
