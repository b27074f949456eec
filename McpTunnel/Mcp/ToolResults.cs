using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol.Protocol;
using Polydev.McpTunnel.Status;

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

/// <summary>What the MCP server writes, source-generated: this process knows no reflection JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = false)]
[JsonSerializable(typeof(PerspectivesResult))]
[JsonSerializable(typeof(CliStatusResult))]
[JsonSerializable(typeof(ModelsResult))]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class McpJson : JsonSerializerContext;
