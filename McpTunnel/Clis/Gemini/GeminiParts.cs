using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>Google's own parts (<c>Content.parts</c> of the Gemini API), as they stand in a session file.</summary>
internal static class GeminiParts
{
    public static void WriteMedia(Utf8JsonWriter writer, MediaPart media)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("inlineData"u8);
        writer.WriteString("mimeType"u8, media.MimeType);
        writer.WriteBase64String("data"u8, media.Data.Span);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    public static void WriteToolCall(Utf8JsonWriter writer, ToolCallPart call)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionCall"u8);
        writer.WriteString("id"u8, call.Id);
        writer.WriteString("name"u8, call.Name);
        writer.WritePropertyName("args"u8);
        CliToolCall.Arguments(call).WriteTo(writer);
        writer.WriteEndObject();
        if (!call.Signature.IsEmpty)
        {
            writer.WriteBase64String("thoughtSignature"u8, call.Signature.Span);
        }

        writer.WriteEndObject();
    }

    /// <summary>Its texts as one; its media as parts of their own behind it.</summary>
    public static void WriteToolResult(Utf8JsonWriter writer, ToolResultPart result, string name)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse"u8);
        writer.WriteString("id"u8, result.ToolCallId);
        writer.WriteString("name"u8, name);
        writer.WriteStartObject("response"u8);
        writer.WriteString(result.IsError ? "error"u8 : "output"u8, string.Concat(result.Content.Select(part => part.Text?.Text)));
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        foreach (var media in result.Content.Where(part => part.Media is not null))
        {
            WriteMedia(writer, media.Media);
        }
    }
}
