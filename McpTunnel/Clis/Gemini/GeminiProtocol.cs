using System.Text.Json;
using System.Text.Json.Serialization;

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

    public sealed record NewSession(string Cwd, IReadOnlyList<JsonElement> McpServers);

    public sealed record NewSessionStarted(string SessionId, SessionModels? Models);

    public sealed record SessionModels(IReadOnlyList<Model>? AvailableModels);

    public sealed record Model(string ModelId, string? Name);

    public sealed record LoadSession(string SessionId, string Cwd, IReadOnlyList<JsonElement> McpServers);

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

    public sealed record SessionUpdate(string SessionId, Update Update);

    /// <param name="Content">A block for the texts, and something else for other kinds.</param>
    public sealed record Update([property: JsonPropertyName("sessionUpdate")] string Kind, JsonElement Content);

    /// <summary>A line of the session file that ends an answer.</summary>
    public sealed record RecordedAnswer(string? Type, RecordedTokens? Tokens);

    public sealed record RecordedTokens(ulong Input, ulong Output, ulong Cached, ulong Thoughts);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
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
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class GeminiJson : JsonSerializerContext;
