using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Gemini;

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
