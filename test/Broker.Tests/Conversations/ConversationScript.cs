using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Conversations;

/// <summary>
/// A caller's conversation in one line, step by step: <c>s text</c> (system), <c>u text</c>, <c>a text</c>, <c>t thought</c>,
/// <c>c id name</c> (a call), <c>r id name text</c> (its result), <c>i id</c> (a call passed over). <c>-</c> stands for an absent id or
/// name, <c>_</c> for a blank.
/// </summary>
internal static class ConversationScript
{
    public static Conversation Build(string script)
    {
        var builder = new ConversationBuilder("steps");
        var steps = script.Split('|', StringSplitOptions.RemoveEmptyEntries);
        for (var index = 0; index < steps.Length; index++)
        {
            Add(builder, steps[index].Split(' '), new FieldPath(new FieldPath(null, "steps"), null, index));
        }

        return builder.Build();
    }

    /// <summary>The outcome in the same words: <c>s text|u one,two|a +1 f,two|u =1 f ok,three</c>.</summary>
    public static string Describe(Conversation conversation)
    {
        var messages = string.Join('|', conversation.Messages.Select(Describe));
        return conversation.Instructions.Length == 0 ? messages : $"s {conversation.Instructions.Replace("\n\n", "/")}|{messages}";
    }

    private static string Describe(Message message) =>
        $"{(message.Role == Role.User ? 'u' : 'a')} {string.Join(',', message.Parts.Select(Describe))}";

    private static void Add(ConversationBuilder builder, string[] words, FieldPath path)
    {
        switch (words[0])
        {
            case "s":
                builder.AddInstructions(Text(words[1]));
                break;
            case "u":
                builder.AddText(Role.User, Text(words[1]));
                break;
            case "a":
                builder.AddText(Role.Assistant, Text(words[1]));
                break;
            case "t":
                builder.AddThinking(new ThinkingPart { Text = Text(words[1]) });
                break;
            case "c":
                builder.AddToolCall(new ToolCallPart { Id = Text(words[1]), Name = Text(words[2]), ArgumentsJson = "{}" }, path);
                break;
            case "r":
                var content = new Part { Text = new TextPart { Text = Text(words[3]) } };
                var result = new ToolResultPart { ToolCallId = Text(words[1]), Name = Text(words[2]), Content = { content } };
                builder.AddToolResult(result, path);
                break;
            case "i":
                builder.IgnoreToolCall(words[1]);
                break;
            default:
                Assert.Fail($"No such step: {words[0]}");
                break;
        }
    }

    private static string Text(string word) => word switch
    {
        "-" => string.Empty,
        "_" => " \n",
        _ => word,
    };

    private static string Describe(Part part) => part.KindCase switch
    {
        Part.KindOneofCase.Text => part.Text.Text,
        Part.KindOneofCase.Thinking => $"~{part.Thinking.Text}",
        Part.KindOneofCase.ToolCall => $"+{part.ToolCall.Id} {part.ToolCall.Name}",
        _ => $"={part.ToolResult.ToolCallId} {part.ToolResult.Name} {TextOf(part.ToolResult)}".TrimEnd(),
    };

    private static string TextOf(ToolResultPart result) =>
        result.IsError ? "none" : string.Concat(result.Content.Select(part => part.Text.Text));
}
