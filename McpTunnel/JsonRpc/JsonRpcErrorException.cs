using System.Text.Json;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>
/// The peer answered a call with an error. Its message may hold paths of this machine: an adapter decides what a caller sees.
/// </summary>
internal sealed class JsonRpcErrorException(int code, string message, JsonElement data) : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>Undefined where the peer sent none.</summary>
    public JsonElement Details { get; } = data;
}

/// <summary>
/// The peer is gone, or spoke what is no JSON-RPC. The message says why, for the log; an adapter decides what a caller sees.
/// </summary>
internal sealed class JsonRpcClosedException(string message, Exception? inner = null) : Exception(message, inner);
