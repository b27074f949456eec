using System.Text.Json;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// Reads content: a string, or an array of blocks. Empty texts are left out. Remembers the tool calls that it has read, so that
/// each result finds its tool's name. Belongs to one read.
/// </summary>
internal sealed class AnthropicContent
{
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    /// <summary>Content that is text alone: a system prompt.</summary>
    public static IEnumerable<Part> ReadTexts(RequestNode content) =>
        Read(content, (type, block) => type.AsString() == "text" ? OfText(block) : throw Refuse(type));

    public IEnumerable<Part> ReadUser(RequestNode content) => Read(content, (type, block) => type.AsString() switch
    {
        "text" => OfText(block),
        "tool_result" => OfToolResult(block),
        _ => throw Refuse(type),
    });

    public IEnumerable<Part> ReadAssistant(RequestNode content) => Read(content, (type, block) => type.AsString() switch
    {
        "text" => OfText(block),
        "tool_use" => OfToolUse(block),
        "thinking" => OfThinking(block),
        "redacted_thinking" => OfRedactedThinking(block),
        _ => throw Refuse(type),
    });

    private static IEnumerable<Part> Read(RequestNode content, Func<RequestNode, RequestNode, Part> read)
    {
        var parts = content.Kind switch
        {
            JsonValueKind.String => [TextOf(content.AsString())],
            JsonValueKind.Array => content.AsArray().Select(block => read(block.AsObject().Required("type"), block)),
            _ => throw content.WrongType("a string or an array"),
        };
        return parts.Where(part => part.KindCase != Part.KindOneofCase.Text || part.Text.Text.Length > 0);
    }

    private static Part OfText(RequestNode block) => TextOf(block.Required("text").AsString());

    private static Part TextOf(string text) => new() { Text = new TextPart { Text = text } };

    private static Part OfThinking(RequestNode block) => new()
    {
        Thinking = new ThinkingPart { Text = block.String("thinking") ?? string.Empty, Signature = block.String("signature") ?? string.Empty },
    };

    private static Part OfRedactedThinking(RequestNode block) => new()
    {
        Thinking = new ThinkingPart { Signature = block.Required("data").AsString(), Redacted = true },
    };

    private Part OfToolUse(RequestNode block)
    {
        var call = new ToolCallPart
        {
            Id = block.Required("id").AsString(),
            Name = block.Required("name").AsString(),
            ArgumentsJson = block.Required("input").AsObject().Value.GetRawText(),
        };
        _toolNames[call.Id] = call.Name;
        return new Part { ToolCall = call };
    }

    private Part OfToolResult(RequestNode block)
    {
        var id = block.Required("tool_use_id");
        if (!_toolNames.TryGetValue(id.AsString(), out var name))
        {
            throw id.Unsupported($"{id.Path} is not the id of an earlier tool_use block.");
        }

        var result = new ToolResultPart
        {
            ToolCallId = id.AsString(),
            Name = name,
            IsError = block.Optional("is_error")?.AsBoolean() ?? false,
        };
        if (block.Optional("content") is { } content)
        {
            result.Content.AddRange(ReadTexts(content));
        }

        return new Part { ToolResult = result };
    }

    private static ApiException Refuse(RequestNode type) =>
        type.Unsupported($"{type.Path}: a block of type '{type.AsString()}' is not supported here.");
}
