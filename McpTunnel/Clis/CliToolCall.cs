using System.Buffers;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>A tool call of the history, as a CLI can be given it.</summary>
internal static class CliToolCall
{
    /// <summary>The arguments, written anew: the caller's own line breaks would end a line of the CLI's protocol or file.</summary>
    /// <exception cref="CliFailureException">They are no JSON object, or hold half of a character.</exception>
    public static JsonElement Arguments(ToolCallPart call)
    {
        try
        {
            var given = JsonElement.Parse(call.ArgumentsJson.Length > 0 ? call.ArgumentsJson : "{}");
            if (given.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException();
            }

            var written = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(written))
            {
                given.WriteTo(writer);
            }

            return JsonElement.Parse(written.WrittenSpan);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape such as "\ud800" alone, which is no text.
            throw new CliFailureException(FailureKind.InvalidRequest, $"The arguments of tool call {call.Id} are not a JSON object.", 400, e);
        }
    }
}
