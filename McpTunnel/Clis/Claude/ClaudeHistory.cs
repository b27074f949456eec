using System.Globalization;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>The canonical conversation as the lines that put it, with its true roles, into a fresh session.</summary>
internal static class ClaudeHistory
{
    /// <summary>
    /// The CLI looks for commands and file mentions in the last text block only, and drops an empty one before it asks the
    /// vendor (2.1.197, 2.1.330).
    /// </summary>
    private static readonly ClaudeContentBlock Guard = new("text") { Text = string.Empty };

    /// <summary>Asked where a conversation ends with the assistant: the CLI answers users only, so the model is told to go on.</summary>
    private static readonly Message GoOn = new() { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = "Continue." } } } };

    /// <summary>One line a turn; the last one is the question.</summary>
    /// <exception cref="CliFailureException">There is nothing to ask, or a tool call's arguments are no JSON object.</exception>
    public static IReadOnlyList<ClaudeConversationLine> Lines(WorkItem item)
    {
        var turns = Turns(item.Messages);
        if (turns.Count == 0)
        {
            throw new CliFailureException(FailureKind.InvalidRequest, "The conversation is empty.");
        }

        var lines = new List<ClaudeConversationLine>(turns.Count);
        for (var index = 0; index < turns.Count; index++)
        {
            var (role, blocks) = turns[index];
            lines.Add(role == Role.Assistant ? Assistant(item.Model, index, blocks) : User(blocks, isQuestion: index == turns.Count - 1));
        }

        return lines;
    }

    // Neighbours of one role are one turn, as in the vendor's own API; so each history line is answered before the next is written.
    private static List<(Role Role, List<ClaudeContentBlock> Blocks)> Turns(IEnumerable<Message> messages)
    {
        var turns = new List<(Role Role, List<ClaudeContentBlock> Blocks)>();
        foreach (var message in messages)
        {
            Append(turns, message);
        }

        if (turns is [.., (Role.Assistant, _)])
        {
            Append(turns, GoOn);
        }

        return turns;
    }

    private static void Append(List<(Role Role, List<ClaudeContentBlock> Blocks)> turns, Message message)
    {
        var role = message.Role == Role.Assistant ? Role.Assistant : Role.User;
        var blocks = message.Parts.Select(Block).OfType<ClaudeContentBlock>().ToList();
        if (blocks.Count == 0)
        {
            return;
        }

        if (turns.Count > 0 && turns[^1].Role == role)
        {
            turns[^1].Blocks.AddRange(blocks);
        }
        else
        {
            turns.Add((role, blocks));
        }
    }

    private static ClaudeConversationLine User(List<ClaudeContentBlock> blocks, bool isQuestion) =>
        new("user", new ClaudeConversationMessage("user", [.. blocks, Guard])) { ShouldQuery = isQuestion ? null : false };

    private static ClaudeConversationLine Assistant(string model, int index, List<ClaudeContentBlock> blocks) =>
        new("assistant", new ClaudeConversationMessage("assistant", blocks)
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"msg_history_{index}"),
            Type = "message",
            Model = model,
        });

    // Empty texts and unsigned thoughts are left out: the vendor refuses both.
    private static ClaudeContentBlock? Block(Part part) => part.KindCase switch
    {
        Part.KindOneofCase.Text when part.Text.Text.Length > 0 => new ClaudeContentBlock("text") { Text = part.Text.Text },
        Part.KindOneofCase.Media => Media(part.Media),
        Part.KindOneofCase.ToolCall => new ClaudeContentBlock("tool_use")
        {
            Id = part.ToolCall.Id,
            Name = part.ToolCall.Name,
            Input = CliToolCall.Arguments(part.ToolCall),
        },
        Part.KindOneofCase.ToolResult => new ClaudeContentBlock("tool_result")
        {
            ToolUseId = part.ToolResult.ToolCallId,
            Content = [.. part.ToolResult.Content.Select(Block).OfType<ClaudeContentBlock>()],
            IsError = part.ToolResult.IsError ? true : null,
        },
        Part.KindOneofCase.Thinking when part.Thinking is { Redacted: true, Signature.Length: > 0 } =>
            new ClaudeContentBlock("redacted_thinking") { Data = part.Thinking.Signature },
        Part.KindOneofCase.Thinking when part.Thinking.Signature.Length > 0 =>
            new ClaudeContentBlock("thinking") { Thinking = part.Thinking.Text, Signature = part.Thinking.Signature },
        _ => null,
    };

    private static ClaudeContentBlock Media(MediaPart media) => new(media.MimeType.StartsWith("image/", StringComparison.Ordinal) ? "image" : "document")
    {
        Source = new ClaudeMediaSource(media.MimeType, media.Data.ToBase64()),
        Title = media.Title.Length > 0 ? media.Title : null,
    };
}
