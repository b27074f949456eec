using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiChat;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiChatResponse))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(ChatUsageChunk))]
internal sealed partial class OpenAiChatJson : JsonSerializerContext;
