using System.Text.Json;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>A request of the peer, which wants an answer. <c>Id</c> is its own: a number or a text.</summary>
internal readonly record struct JsonRpcRequest(JsonElement Id, string Method, JsonElement Params);
