using System.Text.Json;
using Polydev.McpTunnel.Clis.Media;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// Canonical messages as items of OpenAI's Responses API, in their order. Never as text of a prompt: an injected item is not
/// searched for <c>/commands</c> or <c>@files</c>.
/// </summary>
internal static class CodexHistory
{
    /// <param name="tools">By whose names the calls stand in it, and what is demanded behind it.</param>
    /// <exception cref="CliFailureException">INVALID_REQUEST: a document, which Codex does not take.</exception>
    public static IReadOnlyList<CodexProtocol.Item> Items(IEnumerable<Message> messages, CodexTools tools)
    {
        var items = messages.SelectMany(message => Items(message, tools.Names)).ToList();
        if (tools.Demand() is { } demand)
        {
            items.Add(new CodexProtocol.Item { Type = "message", Role = "developer", Content = [Text(Role.User, demand)] });
        }

        return items;
    }

    private static List<CodexProtocol.Item> Items(Message message, CallerTools tools)
    {
        var items = new List<CodexProtocol.Item>();
        var content = new List<CodexProtocol.Content>();
        foreach (var part in message.Parts)
        {
            switch (part.KindCase)
            {
                case Part.KindOneofCase.Text:
                    content.Add(Text(message.Role, part.Text.Text));
                    break;
                case Part.KindOneofCase.Media:
                    content.Add(Image(part.Media));
                    break;
                case Part.KindOneofCase.ToolCall:
                    Flush();
                    items.Add(new CodexProtocol.Item
                    {
                        Type = "function_call",
                        CallId = part.ToolCall.Id,
                        Name = tools.WireNameOf(part.ToolCall.Name),
                        Arguments = CliToolCall.Arguments(part.ToolCall).GetRawText(),
                    });
                    break;
                case Part.KindOneofCase.ToolResult:
                    Flush();
                    items.Add(new CodexProtocol.Item
                    {
                        Type = "function_call_output",
                        CallId = part.ToolResult.ToolCallId,
                        Output = Output(part.ToolResult.Content),
                    });
                    break;
                case Part.KindOneofCase.Thinking:
                    // Another vendor's, or plain text: the Responses API takes back only its own encrypted reasoning.
                    break;
            }
        }

        Flush();
        return items;

        // A call or a result is an item of its own: the text before it goes first, as a message.
        void Flush()
        {
            if (content.Count > 0)
            {
                var role = message.Role == Role.Assistant ? "assistant" : "user";
                items.Add(new CodexProtocol.Item { Type = "message", Role = role, Content = [.. content] });
                content.Clear();
            }
        }
    }

    // A picture makes it a list. Codex has no form for a document here: only the text beside it is handed over.
    private static JsonElement Output(IReadOnlyList<Part> content) => content.Any(IsImage)
        ? JsonSerializer.SerializeToElement(
            [.. content.Where(part => part.Text is not null || IsImage(part)).Select(Shown)], CodexJson.Default.IReadOnlyListContent)
        : JsonSerializer.SerializeToElement(string.Concat(content.Select(part => part.Text?.Text)), CodexJson.Default.String);

    private static bool IsImage(Part part) => part.Media?.MimeType.StartsWith("image/", StringComparison.Ordinal) == true;

    private static CodexProtocol.Content Shown(Part part) =>
        part.Media is { } image ? Image(image) : Text(Role.User, part.Text.Text);

    private static CodexProtocol.Content Text(Role role, string text) =>
        new() { Type = role == Role.Assistant ? "output_text" : "input_text", Text = text };

    private static CodexProtocol.Content Image(MediaPart media) => media.MimeType.StartsWith("image/", StringComparison.Ordinal)
        ? new CodexProtocol.Content { Type = "input_image", ImageUrl = Base64Text.DataUrl(media.MimeType, media.Data) }
        : throw new CliFailureException(FailureKind.InvalidRequest, $"Codex CLI takes images, but no {media.MimeType}.");
}
