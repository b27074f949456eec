using System.Globalization;
using Polydev.McpTunnel.Clis.Media;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>The canonical conversation as the lines that put it, with its true roles, into a fresh session: one for each message.</summary>
internal static class ClaudeHistory
{
    /// <summary>
    /// The CLI looks for commands and file mentions in the last text block only, and drops an empty one before it asks the
    /// vendor (2.1.197, 2.1.330).
    /// </summary>
    private static readonly ClaudeProtocol.ContentBlock Guard = new("text") { Text = string.Empty };

    /// <summary>The last one is the question: a user's.</summary>
    /// <param name="tools">By whose names the calls stand in it.</param>
    public static IReadOnlyList<ClaudeProtocol.ConversationLine> Lines(WorkItem item, CallerTools tools)
    {
        var lines = new List<ClaudeProtocol.ConversationLine>(item.Messages.Count);
        foreach (var (index, message) in item.Messages.Index())
        {
            var blocks = message.Parts.Select(part => Block(part, tools)).OfType<ClaudeProtocol.ContentBlock>().ToList();
            if (message.Role != Role.Assistant)
            {
                lines.Add(User(blocks, isQuestion: index == item.Messages.Count - 1) with { SizeHint = JsonBuffer.SizeHintOf(message) });
            }
            else if (blocks.Count > 0)
            {
                // One of unsigned thoughts alone is left out whole: the vendor refuses an empty turn, and the CLI merges its neighbours.
                lines.Add(Assistant(item.Model, index, blocks) with { SizeHint = JsonBuffer.SizeHintOf(message) });
            }
        }

        return lines;
    }

    private static ClaudeProtocol.ConversationLine User(List<ClaudeProtocol.ContentBlock> blocks, bool isQuestion) =>
        new("user", new ClaudeProtocol.ConversationMessage("user", [.. blocks, Guard])) { ShouldQuery = isQuestion ? null : false };

    private static ClaudeProtocol.ConversationLine Assistant(string model, int index, List<ClaudeProtocol.ContentBlock> blocks) =>
        new("assistant", new ClaudeProtocol.ConversationMessage("assistant", blocks)
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"msg_history_{index}"),
            Type = "message",
            Model = model,
        });

    // Unsigned thoughts are left out: the vendor refuses them.
    private static ClaudeProtocol.ContentBlock? Block(Part part, CallerTools tools) => part.KindCase switch
    {
        Part.KindOneofCase.Text => new ClaudeProtocol.ContentBlock("text") { Text = part.Text.Text },
        Part.KindOneofCase.Media => Media(part.Media),
        Part.KindOneofCase.ToolCall => new ClaudeProtocol.ContentBlock("tool_use")
        {
            Id = part.ToolCall.Id,
            Name = tools.WireNameOf(part.ToolCall.Name),
            Input = CliToolCall.Arguments(part.ToolCall),
        },
        Part.KindOneofCase.ToolResult => new ClaudeProtocol.ContentBlock("tool_result")
        {
            ToolUseId = part.ToolResult.ToolCallId,
            Content = [.. part.ToolResult.Content.Select(content => Block(content, tools)).OfType<ClaudeProtocol.ContentBlock>()],
            IsError = part.ToolResult.IsError ? true : null,
        },
        Part.KindOneofCase.Thinking when part.Thinking is { Redacted: true, Signature.Length: > 0 } =>
            new ClaudeProtocol.ContentBlock("redacted_thinking") { Data = part.Thinking.Signature },
        Part.KindOneofCase.Thinking when part.Thinking.Signature.Length > 0 =>
            new ClaudeProtocol.ContentBlock("thinking") { Thinking = part.Thinking.Text, Signature = part.Thinking.Signature },
        _ => null,
    };

    private static ClaudeProtocol.ContentBlock Media(MediaPart media) =>
        new(media.MimeType.StartsWith("image/", StringComparison.Ordinal) ? "image" : "document")
        {
            Source = new ClaudeProtocol.MediaSource(media.MimeType, new Base64Text(media.Data)),
            Title = media.Title.Length > 0 ? media.Title : null,
        };
}
