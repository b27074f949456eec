using System.Text.Json.Serialization;
using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Mcp;

/// <summary>What the MCP server writes, source-generated: this process knows no reflection JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false)]
[JsonSerializable(typeof(PerspectivesResult))]
[JsonSerializable(typeof(CliStatusResult))]
[JsonSerializable(typeof(ModelsResult))]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class McpJson : JsonSerializerContext;
