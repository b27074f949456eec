using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.McpTunnel.Clis.Media;
using Polydev.McpTunnel.Processes;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What is written to the CLI: lines on its stdin, and the settings that are given to it. Null fields are left out.</summary>
internal static class ClaudeProtocol
{
    /// <summary>A line that sets the process up; answered by a <c>control_response</c> of the same id.</summary>
    internal sealed record ControlRequest(string RequestId, ControlBody Request)
    {
        public string Type { get; } = "control_request";
    }

    /// <summary>What is to be set. Only the fields of its subtype are given.</summary>
    internal sealed record ControlBody(string Subtype)
    {
        /// <summary>With <c>initialize</c>. One empty text stands for no system prompt; without the field the CLI takes its own.</summary>
        [JsonPropertyName("systemPrompt")]
        public IReadOnlyList<string>? SystemPrompt { get; init; }

        /// <summary>With <c>initialize</c>: MCP servers that are reached over this very channel.</summary>
        [JsonPropertyName("sdkMcpServers")]
        public IReadOnlyList<string>? SdkMcpServers { get; init; }

        /// <summary>With <c>apply_flag_settings</c>.</summary>
        public FlagSettings? Settings { get; init; }

        /// <summary>With <c>set_max_thinking_tokens</c>: 0 is off, a JSON null is as much as the model wants.</summary>
        public JsonElement? MaxThinkingTokens { get; init; }

        /// <summary>With <c>set_max_thinking_tokens</c>. Without it 2.1.330 asks for "updates", which are no thoughts.</summary>
        public string? ThinkingDisplay { get; init; }
    }

    /// <summary>Settings that a started process takes over before its next request to the vendor.</summary>
    internal sealed record FlagSettings
    {
        public string? Model { get; init; }

        [JsonPropertyName("effortLevel")]
        public string? EffortLevel { get; init; }

        public IReadOnlyDictionary<string, string>? Env { get; init; }

        public PermissionSettings? Permissions { get; init; }
    }

    /// <param name="Allow">What may be called without a person's leave, such as <c>mcp__client</c>: all tools of that server.</param>
    internal sealed record PermissionSettings(IReadOnlyList<string> Allow);

    /// <summary>Fields that the CLI lays over its request to the vendor (<c>CLAUDE_CODE_EXTRA_BODY</c>).</summary>
    internal sealed record ExtraBody
    {
        public double? Temperature { get; init; }

        public double? TopP { get; init; }

        public uint? TopK { get; init; }

        public IReadOnlyList<string>? StopSequences { get; init; }

        public ToolChoiceBody? ToolChoice { get; init; }

        public OutputConfigBody? OutputConfig { get; init; }
    }

    internal sealed record OutputConfigBody(string? Effort, OutputFormat Format);

    internal sealed record OutputFormat(string Type, JsonElement Schema);

    /// <summary>As the vendor's API has it.</summary>
    internal sealed record ToolChoiceBody(string Type)
    {
        public string? Name { get; init; }

        public bool? DisableParallelToolUse { get; init; }
    }

    /// <summary>The answer to a <c>control_request</c> of the CLI's.</summary>
    internal sealed record ControlResponse(ControlAnswer Response)
    {
        public string Type { get; } = "control_response";
    }

    internal sealed record ControlAnswer(string RequestId, McpAnswer Response)
    {
        public string Subtype { get; } = "success";
    }

    internal sealed record McpAnswer(McpResponse McpResponse);

    /// <param name="Id">As it was asked; null for a notification.</param>
    internal sealed record McpResponse(JsonElement? Id, McpResult Result)
    {
        public string Jsonrpc { get; } = "2.0";
    }

    /// <summary>Only the fields of the method that was asked are given.</summary>
    internal sealed record McpResult
    {
        [JsonPropertyName("protocolVersion")]
        public string? ProtocolVersion { get; init; }

        public McpCapabilities? Capabilities { get; init; }

        [JsonPropertyName("serverInfo")]
        public McpServerInfo? ServerInfo { get; init; }

        public IReadOnlyList<McpTool>? Tools { get; init; }
    }

    internal sealed record McpCapabilities(Nothing Tools);

    internal sealed record McpServerInfo(string Name, string Version);

    /// <summary>Written as <c>{}</c>.</summary>
    internal sealed record Nothing;

    internal sealed record McpTool(
        string Name, string Description, [property: JsonPropertyName("inputSchema")] JsonElement InputSchema);

    /// <summary>A settings file that holds the user's own way to get a key, and nothing else.</summary>
    internal sealed record HelperSettings([property: JsonPropertyName("apiKeyHelper")] string ApiKeyHelper);

    /// <summary>The <c>.claude.json</c> of a private config folder.</summary>
    internal sealed record DeviceFile(
        [property: JsonPropertyName("userID")] string UserId, [property: JsonPropertyName("machineID")] string MachineId);

    /// <summary>One message of the conversation.</summary>
    /// <param name="Type"><c>user</c> or <c>assistant</c>.</param>
    internal sealed record ConversationLine(string Type, ConversationMessage Message) : ISizedJson
    {
        [JsonIgnore]
        public int SizeHint { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
        public string? ParentToolUseId { get; }

        public string SessionId { get; } = string.Empty;

        /// <summary>False: the message is history, and the model is not asked yet.</summary>
        [JsonPropertyName("shouldQuery")]
        public bool? ShouldQuery { get; init; }
    }

    /// <summary>A message as the vendor's API has it.</summary>
    internal sealed record ConversationMessage(string Role, IReadOnlyList<ContentBlock> Content)
    {
        /// <summary>Of an assistant's message, and unique: the CLI merges those that share one (2.1.197).</summary>
        public string? Id { get; init; }

        public string? Type { get; init; }

        public string? Model { get; init; }
    }

    /// <summary>A content block as the vendor's API has it. Only the fields of its type are given.</summary>
    internal sealed record ContentBlock(string Type)
    {
        public string? Text { get; init; }

        public string? Id { get; init; }

        public string? Name { get; init; }

        public JsonElement? Input { get; init; }

        public string? ToolUseId { get; init; }

        public IReadOnlyList<ContentBlock>? Content { get; init; }

        public bool? IsError { get; init; }

        public MediaSource? Source { get; init; }

        public string? Title { get; init; }

        public string? Thinking { get; init; }

        public string? Signature { get; init; }

        /// <summary>Of a <c>redacted_thinking</c> block.</summary>
        public string? Data { get; init; }
    }

    /// <summary>The bytes of an image or a document, as base64.</summary>
    internal sealed record MediaSource(string MediaType, Base64Text Data)
    {
        public string Type { get; } = "base64";
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = TunnelProtocol.MaxJsonDepth + 16)]
[JsonSerializable(typeof(ClaudeProtocol.ControlRequest))]
[JsonSerializable(typeof(ClaudeProtocol.ControlResponse))]
[JsonSerializable(typeof(ClaudeProtocol.ConversationLine))]
[JsonSerializable(typeof(ClaudeProtocol.ExtraBody))]
[JsonSerializable(typeof(ClaudeProtocol.HelperSettings))]
[JsonSerializable(typeof(ClaudeProtocol.DeviceFile))]
internal sealed partial class ClaudeJson : JsonSerializerContext;
