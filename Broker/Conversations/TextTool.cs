using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// A tool that takes one text in the place of arguments (OpenAI's custom tools). To a CLI it is a tool of one argument, which the dialect
/// takes off again.
/// </summary>
/// <param name="Description">The caller's.</param>
/// <param name="Format">What the text must be, as the caller wrote it: an object, as text.</param>
/// <param name="Rule">The same for the model, in words; empty: any text.</param>
internal sealed record TextTool(string Name, string Description, string Format, string Rule)
{
    /// <summary>Of the one argument.</summary>
    public const string Argument = "input";

    private const string Schema =
        """{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}""";

    public ToolSpec ToSpec() => new()
    {
        Name = Name,
        Description = string.Join("\n\n", new[] { Description, Rule }.Where(text => text.Length > 0)),
        InputSchemaJson = Schema,
    };
}
