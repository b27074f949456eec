using System.Buffers;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Tools;

/// <summary>JSON of a caller's, as a CLI can be given it.</summary>
internal static class CliToolCall
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    /// <summary>The arguments of a call of the history, a JSON object.</summary>
    public static JsonElement Arguments(ToolCallPart call) => OneLine(call.ArgumentsJson);

    /// <param name="json">Of 128 levels at most.</param>
    public static JsonElement OneLine(string json) => OneLine(JsonElement.Parse(json, Options).WriteTo);

    /// <summary>JSON written anew: the caller's own line breaks would end a line of the CLI's protocol or file.</summary>
    public static JsonElement OneLine(Action<Utf8JsonWriter> write)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(written))
        {
            write(writer);
        }

        return JsonElement.Parse(written.WrittenSpan, Options);
    }
}
