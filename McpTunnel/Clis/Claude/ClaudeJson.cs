using System.Text.Json.Serialization;
using Polydev.McpTunnel.Clis.Claude.Wire;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What is written to the CLI. Its lines are read as elements: they change with each version.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ConversationLine))]
[JsonSerializable(typeof(ExtraBody))]
[JsonSerializable(typeof(HelperSettings))]
internal sealed partial class ClaudeJson : JsonSerializerContext;
