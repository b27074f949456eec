namespace Polydev.McpTunnel.Tunnel;

/// <summary>What a broker says of itself at <c>/.well-known/polydev</c>.</summary>
/// <param name="Grpc">Where its tunnel service listens.</param>
/// <param name="Version">The broker's own.</param>
/// <param name="Protocol">The protocol that it speaks, to be compared with <see cref="Polydev.Shared.Tunnel.TunnelProtocol.Version"/>.</param>
internal sealed record BrokerAddress(Uri Grpc, string? Version, int Protocol);
