using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>A content block of an answer: <c>text</c> or <c>tool_use</c>.</summary>
internal sealed record AnthropicBlock
{
    private static readonly JsonElement NoInput = JsonElement.Parse("{}");

    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Input { get; init; }

    public static AnthropicBlock OfText(string text) => new() { Type = "text", Text = text };

    /// <summary>A tool call whose arguments are still to come.</summary>
    public static AnthropicBlock OfToolUse(string id, string name) => new() { Type = "tool_use", Id = id, Name = name, Input = NoInput };

    public static AnthropicBlock OfToolUse(AnswerToolCall call) =>
        OfToolUse(call.Id, call.Name) with { Input = JsonElement.Parse(call.ArgumentsJson) };
}
