using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What is written to the CLI. Its lines are read as elements: they change with each version.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClaudeControlRequest))]
[JsonSerializable(typeof(ClaudeConversationLine))]
[JsonSerializable(typeof(ClaudeExtraBody))]
[JsonSerializable(typeof(ClaudeHelperSettings))]
internal sealed partial class ClaudeJson : JsonSerializerContext;
