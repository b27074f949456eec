namespace Polydev.Broker.Tunnels;

/// <summary>One live connection of a tunnel.</summary>
internal sealed class TunnelSession
{
}
