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
    /// <summary>Asked where the conversation ends with the assistant's own words: Google wants a user's turn at the end.</summary>
    public const string Continue = "Continue.";

    // sha256("environment-context"), the first half: the CLI takes a first message of this id for its own <session_context> and adds none.
    private const string ContextId = "d04923d38bb0f6017037e74183378ef4";

    private readonly WorkItem _item;
    private readonly string _time;
    private readonly HashSet<string> _rendered;

    private GeminiHistory(WorkItem item, DateTimeOffset now)
    {
        _item = item;
        _time = now.UtcDateTime.ToString("O");
        _rendered = [.. item.Messages.Reverse().TakeWhile(message => message.Role != Role.Assistant)
            .SelectMany(message => message.Parts).Where(part => part.ToolResult is not null).Select(part => part.ToolResult.ToolCallId)];
    }

    /// <summary>What to send as the prompt: nothing, where the conversation already ends with the question.</summary>
    public static string Question(WorkItem item) => item.Messages is [.., { Role: Role.Assistant }] or [] ? Continue : string.Empty;

    /// <summary>The file's lines, whole.</summary>
    public static ReadOnlyMemory<byte> Write(WorkItem item, Guid session, DateTimeOffset now)
    {
        var history = new GeminiHistory(item, now);
        var file = new ArrayBufferWriter<byte>();
        WriteLine(file, writer => history.WriteHead(writer, session));
        var number = 0;
        if (item.Messages is [] or [{ Role: Role.Assistant }, ..])
        {
            WriteLine(file, writer => history.WriteMessage(writer, number++, new Message { Role = Role.User }));
        }

        foreach (var message in item.Messages)
        {
            WriteLine(file, writer => history.WriteMessage(writer, number++, message));
        }

        return file.WrittenMemory;
    }

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

    // Thoughts stay out: this protocol shows no signatures, and a thought without one is refused or ignored.
    private void WritePart(Utf8JsonWriter writer, Part part)
    {
        switch (part.KindCase)
        {
            case Part.KindOneofCase.Text when part.Text.Text.Length == 0:
                // For one empty part the CLI leaves out the whole answer that holds it (0.61.0, isValidContent).
                break;
            case Part.KindOneofCase.Text:
                WriteText(writer, part.Text.Text);
                break;
            case Part.KindOneofCase.Media:
                GeminiParts.WriteMedia(writer, part.Media);
                break;
            case Part.KindOneofCase.ToolCall when _rendered.Contains(part.ToolCall.Id):
                WriteText(writer, $"[I called the tool {part.ToolCall.Name} with {part.ToolCall.ArgumentsJson}]");
                break;
            case Part.KindOneofCase.ToolCall:
                GeminiParts.WriteToolCall(writer, part.ToolCall);
                break;
            case Part.KindOneofCase.ToolResult when _rendered.Contains(part.ToolResult.ToolCallId):
                WriteText(writer, $"[{(part.ToolResult.IsError ? "Error" : "Result")} of the tool {NameOf(part.ToolResult)}]");
                part.ToolResult.Content.ToList().ForEach(content => WritePart(writer, content));
                break;
            case Part.KindOneofCase.ToolResult:
                GeminiParts.WriteToolResult(writer, part.ToolResult, NameOf(part.ToolResult));
                break;
        }
    }

    // OpenAI's and Anthropic's results name their call only by its id.
    private string NameOf(ToolResultPart result) =>
        result.Name.Length > 0
            ? result.Name
            : _item.Messages.SelectMany(message => message.Parts).FirstOrDefault(part => part.ToolCall?.Id == result.ToolCallId)?.ToolCall.Name ?? "unknown";

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("text"u8, text);
        writer.WriteEndObject();
    }
}
