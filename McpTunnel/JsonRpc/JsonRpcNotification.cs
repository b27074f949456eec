using System.Text.Json;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>A notification of the peer. <c>Params</c> is Undefined where it sent none.</summary>
internal readonly record struct JsonRpcNotification(string Method, JsonElement Params);
