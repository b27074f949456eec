using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Codex;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CodexProtocol.Nothing))]
[JsonSerializable(typeof(CodexProtocol.Initialize))]
[JsonSerializable(typeof(CodexProtocol.Initialized))]
[JsonSerializable(typeof(CodexProtocol.ReadAccount))]
[JsonSerializable(typeof(CodexProtocol.AccountRead))]
[JsonSerializable(typeof(CodexProtocol.LogIn))]
[JsonSerializable(typeof(CodexProtocol.ModelList))]
[JsonSerializable(typeof(CodexProtocol.StartThread))]
[JsonSerializable(typeof(CodexProtocol.ThreadStarted))]
[JsonSerializable(typeof(CodexProtocol.InjectItems))]
[JsonSerializable(typeof(CodexProtocol.StartTurn))]
[JsonSerializable(typeof(CodexProtocol.TurnStarted))]
[JsonSerializable(typeof(CodexProtocol.InterruptTurn))]
internal sealed partial class CodexJson : JsonSerializerContext;
