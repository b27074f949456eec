using System.Text.Json;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>One line of the peer, taken apart: a request, a notification (no id) or an answer (no method).</summary>
internal readonly record struct JsonRpcMessage(
    JsonElement Id, string? Method, JsonElement Params, JsonElement Result, JsonRpcErrorException? Error)
{
    // Codex says every item back that it was told, pictures too.
    private const int LargeLine = 128 * 1024;

    // The arguments of a call stand some levels down in a line.
    private static readonly JsonDocumentOptions LineOptions = new() { MaxDepth = TunnelProtocol.MaxJsonDepth + 16 };

    public bool HasId => Id.ValueKind is JsonValueKind.Number or JsonValueKind.String;

    /// <summary>Null when the line is no JSON-RPC.</summary>
    /// <param name="line">Belongs to the message from here on: a large one is not copied.</param>
    public static JsonRpcMessage? Read(ReadOnlyMemory<byte> line)
    {
        JsonElement root;
        try
        {
            root = line.Length > LargeLine
                ? JsonDocument.Parse(line, LineOptions).RootElement
                : JsonElement.Parse(line.Span, LineOptions);
        }
        catch (JsonException)
        {
            return null;
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var id = Member(root, "id"u8);
        var method = Member(root, "method"u8);
        var error = Member(root, "error"u8);
        var result = Member(root, "result"u8);
        var name = method.ValueKind == JsonValueKind.String ? method.GetString() : null;
        var message = new JsonRpcMessage(id, name, Member(root, "params"u8), result, ReadError(error));
        var isAnswer = message.HasId && (message.Error is not null || result.ValueKind != JsonValueKind.Undefined);
        return message.Method is not null || isAnswer ? message : null;
    }

    private static JsonRpcErrorException? ReadError(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var code = Member(error, "code"u8);
        var message = Member(error, "message"u8);
        return new JsonRpcErrorException(
            code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : 0,
            message.ValueKind == JsonValueKind.String ? message.GetString()! : "No reason given.",
            Member(error, "data"u8));
    }

    private static JsonElement Member(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var member) ? member : default;
}

/// <summary>A notification of the peer. <c>Params</c> is Undefined where it sent none.</summary>
internal readonly record struct JsonRpcNotification(string Method, JsonElement Params);
