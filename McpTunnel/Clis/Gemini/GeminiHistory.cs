using System.Buffers;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// A conversation as the session file of Gemini CLI, which <c>session/load</c> turns into the model's contents with their true roles. The
/// question stands in it too: the prompt that follows is empty and adds nothing, so no text ever passes the CLI's own commands.
/// </summary>
internal sealed class GeminiHistory
{
    // sha256("environment-context"), the first half: the CLI takes a first message of this id for its own <session_context> and adds none.
    private const string ContextId = "d04923d38bb0f6017037e74183378ef4";

    private readonly string _time;
    private readonly HashSet<string> _asText;

    private GeminiHistory(WorkItem item, DateTimeOffset now)
    {
        _time = now.UtcDateTime.ToString("O");

        // The CLI adds a turn of its own behind results that end a history, and a prompt cannot carry them (0.61.0): as texts they can.
        _asText = [.. item.Messages[^1].Parts.Where(part => part.ToolResult is not null).Select(part => part.ToolResult.ToolCallId)];
    }

    /// <summary>The file's lines, whole.</summary>
    public static ReadOnlyMemory<byte> Write(WorkItem item, Guid session, DateTimeOffset now)
    {
        var history = new GeminiHistory(item, now);
        var file = new ArrayBufferWriter<byte>();
        WriteLine(file, writer => history.WriteHead(writer, session));
        var number = 0;
        if (item.Messages[0].Role == Role.Assistant)
        {
            // Only a user's message can be the first one that the CLI takes for its own.
            WriteLine(file, writer => history.WriteMessage(writer, number++, new Message { Role = Role.User }));
        }

        foreach (var message in item.Messages.Where(HasContent))
        {
            WriteLine(file, writer => history.WriteMessage(writer, number++, message));
        }

        return file.WrittenMemory;
    }

    // Thoughts stay out: this protocol shows no signatures, and a thought without one is refused or ignored. An answer of thoughts alone
    // is left out whole.
    private static bool HasContent(Message message) => message.Role != Role.Assistant || message.Parts.Any(part => part.Thinking is null);

    private static void WriteLine(ArrayBufferWriter<byte> file, Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(file))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        file.Write("\n"u8);
    }

    private void WriteHead(Utf8JsonWriter writer, Guid session)
    {
        writer.WriteString("sessionId"u8, session);
        writer.WriteString("projectHash"u8, "polydev"u8);
        writer.WriteString("startTime"u8, _time);
        writer.WriteString("lastUpdated"u8, _time);
        writer.WriteString("kind"u8, "main"u8);
    }

    private void WriteMessage(Utf8JsonWriter writer, int number, Message message)
    {
        var isUser = message.Role != Role.Assistant;
        writer.WriteString("id"u8, number == 0 ? ContextId : $"m{number}");
        writer.WriteString("timestamp"u8, _time);
        writer.WriteString("type"u8, isUser ? "user"u8 : "gemini"u8);
        writer.WriteStartArray("content"u8);
        if (isUser && GeminiGuard.IsNeeded(message))
        {
            WriteText(writer, GeminiGuard.Text);
        }

        foreach (var part in message.Parts)
        {
            WritePart(writer, part);
        }

        writer.WriteEndArray();
    }

    private void WritePart(Utf8JsonWriter writer, Part part)
    {
        switch (part.KindCase)
        {
            case Part.KindOneofCase.Text:
                WriteText(writer, part.Text.Text);
                break;
            case Part.KindOneofCase.Media:
                GeminiParts.WriteMedia(writer, part.Media);
                break;
            case Part.KindOneofCase.ToolCall when _asText.Contains(part.ToolCall.Id):
                WriteText(writer, $"[I called the tool {part.ToolCall.Name} with {part.ToolCall.ArgumentsJson}]");
                break;
            case Part.KindOneofCase.ToolCall:
                GeminiParts.WriteToolCall(writer, part.ToolCall);
                break;
            case Part.KindOneofCase.ToolResult when _asText.Contains(part.ToolResult.ToolCallId):
                WriteText(writer, $"[{(part.ToolResult.IsError ? "Error" : "Result")} of the tool {part.ToolResult.Name}]");
                part.ToolResult.Content.ToList().ForEach(content => WritePart(writer, content));
                break;
            case Part.KindOneofCase.ToolResult:
                GeminiParts.WriteToolResult(writer, part.ToolResult);
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("text"u8, text);
        writer.WriteEndObject();
    }
}

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
    public static void WriteToolResult(Utf8JsonWriter writer, ToolResultPart result)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse"u8);
        writer.WriteString("id"u8, result.ToolCallId);
        writer.WriteString("name"u8, result.Name);
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
