using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>What a token comes to where nobody can count it: within a third or so of what the vendors count of prose and code.</summary>
public static class TokenSize
{
    /// <summary>Bytes of UTF-8.</summary>
    public const int BytesOfToken = 4;

    public static ulong OfBytes(long bytes) => (ulong)((bytes + BytesOfToken - 1) / BytesOfToken);

    /// <summary>All that an item tells the model in words.</summary>
    public static IEnumerable<string> TextsOf(WorkItem item) =>
        [item.Instructions, .. item.Messages.SelectMany(message => message.Parts).SelectMany(TextsOf), .. item.Tools.SelectMany(TextsOf)];

    public static IEnumerable<string> TextsOf(Part part) => part.KindCase switch
    {
        Part.KindOneofCase.Text => [part.Text.Text],
        Part.KindOneofCase.Media => [part.Media.Title],
        Part.KindOneofCase.Thinking => [part.Thinking.Text],
        Part.KindOneofCase.ToolCall => [part.ToolCall.Name, part.ToolCall.ArgumentsJson],
        Part.KindOneofCase.ToolResult => part.ToolResult.Content.SelectMany(TextsOf),
        _ => [],
    };

    public static IEnumerable<string> TextsOf(ToolSpec tool) => [tool.Name, tool.Description, tool.InputSchemaJson];
}
