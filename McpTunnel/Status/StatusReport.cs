namespace Polydev.McpTunnel.Status;

/// <summary>Everything that the status tool, the status resource and the live view tell.</summary>
/// <param name="Missing">What keeps the tunnel or a CLI from working, and how to get it; empty when all is there.</param>
internal sealed record StatusReport(
    string Version, TunnelReport Tunnel, IReadOnlyList<CliReport> Clis, IReadOnlyList<CallReport> Running, IReadOnlyList<string> Missing);

/// <param name="State">
/// "starting", "not_configured", "standing_by", "connecting", "online", "waiting", "refused" or "stopped".
/// </param>
/// <param name="Connections">How often it has been online since this process began.</param>
/// <param name="Answered">Calls that were answered whole since this process began, the MCP server's own included.</param>
/// <param name="Failed">Calls that failed or were left.</param>
internal sealed record TunnelReport(
    string State, DateTimeOffset Since, string Broker, string? Error, int Connections, long Answered, long Failed);

/// <param name="State">"ready", "testing", "not_logged_in", "unusable" or "not_installed".</param>
/// <param name="Hint">What is missing and how to get it; null when ready.</param>
internal sealed record CliReport(string Provider, string State, string? Version, IReadOnlyList<string> Models, string? Hint);

/// <summary>A call that runs now.</summary>
internal sealed record CallReport(string Provider, string Model, double Seconds);
