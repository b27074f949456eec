namespace Polydev.McpTunnel.Tunnel;

/// <summary>The broker could not be found or asked. The message is for a person.</summary>
internal sealed class BrokerUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
