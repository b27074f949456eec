using System.Text.Json;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>A request of the peer, which wants an answer. <c>Id</c> is its own: a number or a text.</summary>
internal readonly record struct JsonRpcRequest(JsonElement Id, string Method, JsonElement Params);

/// <summary>What the peer's request gets: a result, or an error.</summary>
internal sealed record JsonRpcReply
{
    private const int MethodNotFound = -32601;

    private JsonRpcReply()
    {
    }

    public JsonElement Result { get; private init; }

    /// <summary>Null with a result.</summary>
    public string? ErrorMessage { get; private init; }

    public int ErrorCode { get; private init; }

    public static JsonRpcReply Of(JsonElement result) => new() { Result = result };

    public static JsonRpcReply Refuse(string message, int code = MethodNotFound) => new() { ErrorMessage = message, ErrorCode = code };
}
