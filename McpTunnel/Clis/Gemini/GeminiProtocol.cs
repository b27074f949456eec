using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>The shapes of the Agent Client Protocol, version 1, that we use: what we do not read is left out.</summary>
internal static class GeminiProtocol
{
    public const int Version = 1;

    public sealed record Initialize(int ProtocolVersion, ClientCapabilities ClientCapabilities);

    public sealed record ClientCapabilities(FileSystem Fs, bool Terminal);

    public sealed record FileSystem(bool ReadTextFile, bool WriteTextFile);

    public sealed record Initialized(int ProtocolVersion, AgentCapabilities? AgentCapabilities);

    public sealed record AgentCapabilities(bool LoadSession);

    public sealed record NewSession(string Cwd, IReadOnlyList<McpServer> McpServers);

    /// <summary>One that the CLI starts, and ends with itself.</summary>
    public sealed record McpServer(string Name, string Command, IReadOnlyList<string> Args, IReadOnlyList<Variable> Env);

    public sealed record Variable(string Name, string Value);

    public sealed record NewSessionStarted(string SessionId, SessionModels? Models);

    public sealed record SessionModels(IReadOnlyList<Model>? AvailableModels);

    public sealed record Model(string ModelId, string? Name);

    public sealed record LoadSession(string SessionId, string Cwd, IReadOnlyList<McpServer> McpServers);

    public sealed record SetModel(string SessionId, string ModelId);

    public sealed record Prompt(string SessionId, [property: JsonPropertyName("prompt")] IReadOnlyList<Block> Blocks);

    public sealed record Block(string Type, string? Text);

    public sealed record PromptEnded(string StopReason, [property: JsonPropertyName("_meta")] Meta? Meta);

    public sealed record Meta(Quota? Quota);

    public sealed record Quota(
        [property: JsonPropertyName("token_count")] TokenCount? TokenCount,
        [property: JsonPropertyName("model_usage")] IReadOnlyList<ModelUsage>? ModelUsage);

    /// <summary>Without cached tokens and thoughts: those stand in the session file only.</summary>
    public sealed record TokenCount(
        [property: JsonPropertyName("input_tokens")] ulong Input,
        [property: JsonPropertyName("output_tokens")] ulong Output);

    public sealed record ModelUsage(string Model);

    /// <summary>What the server of the caller's tools answers, each member to a method of its own (MCP 2025-06-18).</summary>
    public sealed record McpResult
    {
        public string? ProtocolVersion { get; init; }

        public McpCapabilities? Capabilities { get; init; }

        public McpServerInfo? ServerInfo { get; init; }

        public IReadOnlyList<McpTool>? Tools { get; init; }

        public IReadOnlyList<Block>? Content { get; init; }
    }

    public sealed record McpCapabilities(Nothing Tools);

    public sealed record Nothing;

    public sealed record McpServerInfo(string Name, string Version);

    public sealed record McpTool(string Name, string Description, JsonElement InputSchema);

    public sealed record SessionUpdate(string SessionId, Update Update);

    /// <param name="Content">A block for the texts, and something else for other kinds.</param>
    /// <param name="ToolCallId">Begins with the tool's wire name and "__".</param>
    public sealed record Update(
        [property: JsonPropertyName("sessionUpdate")] string Kind, JsonElement Content, string? ToolCallId = null, string? Status = null);

    /// <summary>A line of the session file that ends an answer; the calls come one by one, each line with those before it.</summary>
    public sealed record RecordedAnswer(string? Type, RecordedTokens? Tokens, IReadOnlyList<RecordedCall>? ToolCalls);

    public sealed record RecordedCall(string? Id, string Name, JsonElement Args);

    public sealed record RecordedTokens(ulong Input, ulong Output, ulong Cached, ulong Thoughts);
}

// As deep as the arguments of a call may be, which stand some levels down.
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = TunnelProtocol.MaxJsonDepth + 16)]
[JsonSerializable(typeof(GeminiProtocol.Initialize))]
[JsonSerializable(typeof(GeminiProtocol.Initialized))]
[JsonSerializable(typeof(GeminiProtocol.NewSession))]
[JsonSerializable(typeof(GeminiProtocol.NewSessionStarted))]
[JsonSerializable(typeof(GeminiProtocol.LoadSession))]
[JsonSerializable(typeof(GeminiProtocol.SetModel))]
[JsonSerializable(typeof(GeminiProtocol.Prompt))]
[JsonSerializable(typeof(GeminiProtocol.PromptEnded))]
[JsonSerializable(typeof(GeminiProtocol.SessionUpdate))]
[JsonSerializable(typeof(GeminiProtocol.RecordedAnswer))]
[JsonSerializable(typeof(GeminiProtocol.McpResult))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class GeminiJson : JsonSerializerContext;
