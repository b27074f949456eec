namespace Polydev.McpTunnel.Tunnel;

/// <summary>Where the tunnel stands at one moment. Swapped whole.</summary>
/// <param name="Since">When this phase began.</param>
/// <param name="Error">For a person: what keeps it from being online, or did last; null when nothing does.</param>
internal sealed record TunnelStatus(TunnelPhase Phase, DateTimeOffset Since, string? Error);
