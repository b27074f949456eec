using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>Makes the lines that we send. All carry the <c>jsonrpc</c> member: Gemini wants it, Codex takes it.</summary>
internal static class JsonRpcWriter
{
    public static ReadOnlyMemory<byte> Call<T>(long id, string method, T value, JsonTypeInfo<T> shape) => Line(value, writer =>
    {
        writer.WriteNumber("id"u8, id);
        WriteMethod(writer, method, value, shape);
    });

    public static ReadOnlyMemory<byte> Notification<T>(string method, T value, JsonTypeInfo<T> shape) =>
        Line(value, writer => WriteMethod(writer, method, value, shape));

    public static ReadOnlyMemory<byte> Reply(JsonElement id, JsonRpcReply reply) => Line(null, writer =>
    {
        writer.WritePropertyName("id"u8);
        id.WriteTo(writer);
        if (reply.ErrorMessage is null)
        {
            writer.WritePropertyName("result"u8);
            reply.Result.WriteTo(writer);
            return;
        }

        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, reply.ErrorCode);
        writer.WriteString("message"u8, reply.ErrorMessage);
        writer.WriteEndObject();
    });

    private static void WriteMethod<T>(Utf8JsonWriter writer, string method, T value, JsonTypeInfo<T> shape)
    {
        writer.WriteString("method"u8, method);
        writer.WritePropertyName("params"u8);
        JsonSerializer.Serialize(writer, value, shape);
    }

    private static ReadOnlyMemory<byte> Line(object? value, Action<Utf8JsonWriter> members)
    {
        var line = JsonBuffer.For(value);
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            members(writer);
            writer.WriteEndObject();
        }

        return line.WrittenMemory;
    }
}

/// <summary>A method that we call, with the source-generated shapes of its parameters and its result.</summary>
internal sealed record JsonRpcMethod<TParams, TResult>(string Name, JsonTypeInfo<TParams> Params, JsonTypeInfo<TResult> Result);
