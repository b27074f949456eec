namespace Polydev.Broker.Api;

/// <summary>The answer of <c>GET /api/v1/status</c>.</summary>
internal sealed record StatusBody(bool Online, IReadOnlyList<StatusTunnel> Tunnels);
