namespace Polydev.McpTunnel.Diagnostics;

/// <param name="State">"starting", "not_configured", "standing_by", "connecting", "online", "waiting", "refused" or "stopped".</param>
/// <param name="Connections">How often it has been online since this process began.</param>
/// <param name="Answered">Calls that were answered whole since this process began, the MCP server's own included.</param>
/// <param name="Failed">Calls that failed or were left.</param>
internal sealed record TunnelReport(string State, DateTimeOffset Since, string Broker, string? Error, int Connections, long Answered, long Failed);
