using System.Buffers;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis;

/// <summary>A tool call of the history, as a CLI can be given it.</summary>
internal static class CliToolCall
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    /// <summary>
    /// The arguments, a JSON object, written anew: the caller's own line breaks would end a line of the CLI's protocol or file.
    /// </summary>
    public static JsonElement Arguments(ToolCallPart call)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(written))
        {
            JsonElement.Parse(call.ArgumentsJson, Options).WriteTo(writer);
        }

        return JsonElement.Parse(written.WrittenSpan, Options);
    }
}
