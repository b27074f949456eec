namespace Polydev.McpTunnel.Diagnostics;

/// <summary>Everything that the status tool, the status resource and the live view tell.</summary>
/// <param name="Missing">What keeps the tunnel or a CLI from working, and how to get it; empty when all is there.</param>
internal sealed record StatusReport(
    string Version, TunnelReport Tunnel, IReadOnlyList<CliReport> Clis, IReadOnlyList<CallReport> Running, IReadOnlyList<string> Missing);
