namespace Polydev.McpTunnel.Tunnel;

/// <summary>Who the tunnel says it is. The id is new for each process and the same over its reconnections.</summary>
internal sealed record TunnelIdentity(string Id, string MachineName, string Version);
