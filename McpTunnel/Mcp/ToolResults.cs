using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;

namespace Polydev.McpTunnel.Mcp;

/// <summary>A tool's result twice over: text for a reader, the same as JSON for a program.</summary>
internal static class ToolResults
{
    public static CallToolResult Of<T>(string text, T structured, JsonTypeInfo<T> type, bool isError = false) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        StructuredContent = JsonSerializer.SerializeToElement(structured, type),
        IsError = isError,
    };

    /// <summary>The caller's arguments are wrong; the model that called can mend them.</summary>
    public static CallToolResult BadArguments(string text) => new() { Content = [new TextContentBlock { Text = text }], IsError = true };
}
