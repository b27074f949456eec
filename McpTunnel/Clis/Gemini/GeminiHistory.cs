using System.Buffers;
using System.Text.Json;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.Processes;
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
    private readonly CallerTools _tools;
    private int _replayed;

    private GeminiHistory(CallerTools tools, DateTimeOffset now) => (_tools, _time) = (tools, now.UtcDateTime.ToString("O"));

    /// <summary>The file's lines, whole, and how many of its messages the CLI replays when it loads them.</summary>
    /// <param name="tools">By whose names the calls stand in it.</param>
    public static (ReadOnlyMemory<byte> Lines, int Replayed) Write(WorkItem item, CallerTools tools, Guid session, DateTimeOffset now)
    {
        var history = new GeminiHistory(tools, now);
        var file = new ArrayBufferWriter<byte>(JsonBuffer.SizeHintOf(item));
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

        if (item.Messages[^1].Parts.Any(part => part.ToolResult is not null))
        {
            history._replayed++;
            WriteLine(file, writer => history.WriteThought(writer, number));
        }

        return (file.WrittenMemory, history._replayed);
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
        var isGuarded = isUser && GeminiGuard.IsNeeded(message);
        _replayed += isGuarded || GeminiGuard.IsReplayed(message) ? 1 : 0;
        WriteMessageHead(writer, number, isUser);
        writer.WriteStartArray("content"u8);
        if (isGuarded)
        {
            WriteText(writer, GeminiGuard.Text);
        }

        foreach (var part in message.Parts)
        {
            WritePart(writer, part);
        }

        writer.WriteEndArray();
    }

    // Between results that end a history and its prompt the CLI puts a turn of its own: "[The previous response was interrupted …]".
    // Behind a user's message without results it puts none, and a thought it takes out again before it asks (0.61.0).
    private void WriteThought(Utf8JsonWriter writer, int number)
    {
        WriteMessageHead(writer, number, isUser: true);
        writer.WriteStartArray("content"u8);
        writer.WriteStartObject();
        writer.WriteString("text"u8, "."u8);
        writer.WriteBoolean("thought"u8, true);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private void WriteMessageHead(Utf8JsonWriter writer, int number, bool isUser)
    {
        writer.WriteString("id"u8, number == 0 ? ContextId : $"m{number}");
        writer.WriteString("timestamp"u8, _time);
        writer.WriteString("type"u8, isUser ? "user"u8 : "gemini"u8);
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
            case Part.KindOneofCase.ToolCall:
                GeminiParts.WriteToolCall(writer, part.ToolCall, _tools.WireNameOf(part.ToolCall.Name));
                break;
            case Part.KindOneofCase.ToolResult:
                GeminiParts.WriteToolResult(writer, part.ToolResult, _tools.WireNameOf(part.ToolResult.Name));
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

    public static void WriteToolCall(Utf8JsonWriter writer, ToolCallPart call, string wireName)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionCall"u8);
        writer.WriteString("id"u8, call.Id);
        writer.WriteString("name"u8, wireName);
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
    public static void WriteToolResult(Utf8JsonWriter writer, ToolResultPart result, string wireName)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("functionResponse"u8);
        writer.WriteString("id"u8, result.ToolCallId);
        writer.WriteString("name"u8, wireName);
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
