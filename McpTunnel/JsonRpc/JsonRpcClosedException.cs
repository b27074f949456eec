namespace Polydev.McpTunnel.JsonRpc;

/// <summary>The peer is gone, or spoke what is no JSON-RPC. The message says why, for the log; an adapter decides what a caller sees.</summary>
internal sealed class JsonRpcClosedException(string message, Exception? inner = null) : Exception(message, inner);
