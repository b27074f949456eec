using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.McpTunnel.Clis.Media;
using Polydev.McpTunnel.Processes;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>What is sent to <c>codex app-server</c> and read of its answers: the fields that we need (0.169.0).</summary>
internal static class CodexProtocol
{
    internal sealed record Nothing;

    internal sealed record Initialize(ClientInfo ClientInfo, Capabilities Capabilities);

    internal sealed record ClientInfo(string Name, string Version);

    /// <param name="ExperimentalApi">Needed for <see cref="StartThread.ExperimentalRawEvents"/>.</param>
    internal sealed record Capabilities(bool ExperimentalApi, IReadOnlyList<string> OptOutNotificationMethods);

    internal sealed record Initialized(string UserAgent);

    internal sealed record ReadAccount(bool RefreshToken);

    internal sealed record AccountRead(Account? Account, bool RequiresOpenaiAuth);

    internal sealed record Account(string Type);

    /// <param name="ExcludeResetCreditDetails">Spares the vendor a second request.</param>
    internal sealed record ReadLimits(bool ExcludeResetCreditDetails);

    /// <param name="OrdinaryUsageAllowed">Null: the vendor does not say.</param>
    internal sealed record LimitsRead(
        JsonElement RateLimits, Dictionary<string, JsonElement>? RateLimitsByLimitId, bool? OrdinaryUsageAllowed);

    internal sealed record LogIn(string Type, string ApiKey);

    internal sealed record ModelList(IReadOnlyList<Model> Data);

    internal sealed record Model(string Id, string DisplayName, bool Hidden);

    /// <param name="Model">One for each thread: a warm process serves any.</param>
    /// <param name="BaseInstructions">Sent upstream as the first developer message; empty: no such message at all.</param>
    /// <param name="ExperimentalRawEvents">
    /// Shows every item of the model's answer, so also calls of tools that do not exist, which else stay unseen.
    /// </param>
    /// <param name="DynamicTools">Null: none.</param>
    internal sealed record StartThread(
        string Model, string BaseInstructions, bool Ephemeral, bool ExperimentalRawEvents, string ApprovalPolicy, string Sandbox,
        IReadOnlyList<DynamicTool>? DynamicTools);

    /// <param name="Type">"function".</param>
    internal sealed record DynamicTool(string Type, string Name, string Description, JsonElement InputSchema);

    internal sealed record ThreadStarted(Thread Thread);

    internal sealed record Thread(string Id);

    internal sealed record InjectItems(string ThreadId, IReadOnlyList<Item> Items) : ISizedJson
    {
        [JsonIgnore]
        public int SizeHint { get; init; }
    }

    /// <summary>One item of OpenAI's Responses API. Null fields are left out.</summary>
    internal sealed record Item
    {
        public required string Type { get; init; }

        public string? Role { get; init; }

        public IReadOnlyList<Content>? Content { get; init; }

        [JsonPropertyName("call_id")]
        public string? CallId { get; init; }

        public string? Name { get; init; }

        public string? Arguments { get; init; }

        /// <summary>A text, or a list of <see cref="CodexProtocol.Content"/>.</summary>
        public JsonElement? Output { get; init; }
    }

    internal sealed record Content
    {
        public required string Type { get; init; }

        public string? Text { get; init; }

        /// <summary>A data URL: Codex refuses others.</summary>
        [JsonPropertyName("image_url")]
        public Base64Text? ImageUrl { get; init; }
    }

    /// <param name="Input">Always empty: the model is asked on the injected history, question included.</param>
    internal sealed record StartTurn(
        string ThreadId, IReadOnlyList<Content> Input, string? Effort, string? Summary, JsonElement? OutputSchema);

    internal sealed record TurnStarted(Turn Turn);

    internal sealed record Turn(string Id);

    internal sealed record InterruptTurn(string ThreadId, string TurnId);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = TunnelProtocol.MaxJsonDepth + 16)]
[JsonSerializable(typeof(CodexProtocol.Nothing))]
[JsonSerializable(typeof(CodexProtocol.Initialize))]
[JsonSerializable(typeof(CodexProtocol.Initialized))]
[JsonSerializable(typeof(CodexProtocol.ReadAccount))]
[JsonSerializable(typeof(CodexProtocol.AccountRead))]
[JsonSerializable(typeof(CodexProtocol.ReadLimits))]
[JsonSerializable(typeof(CodexProtocol.LimitsRead))]
[JsonSerializable(typeof(CodexProtocol.LogIn))]
[JsonSerializable(typeof(CodexProtocol.ModelList))]
[JsonSerializable(typeof(CodexProtocol.StartThread))]
[JsonSerializable(typeof(CodexProtocol.ThreadStarted))]
[JsonSerializable(typeof(CodexProtocol.InjectItems))]
[JsonSerializable(typeof(IReadOnlyList<CodexProtocol.Content>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(CodexProtocol.StartTurn))]
[JsonSerializable(typeof(CodexProtocol.TurnStarted))]
[JsonSerializable(typeof(CodexProtocol.InterruptTurn))]
internal sealed partial class CodexJson : JsonSerializerContext;
