using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.Anthropic;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnthropicResponse))]
[JsonSerializable(typeof(AnthropicEvents.MessageStart))]
[JsonSerializable(typeof(AnthropicEvents.BlockStart))]
[JsonSerializable(typeof(AnthropicEvents.BlockDelta))]
[JsonSerializable(typeof(AnthropicEvents.BlockStop))]
[JsonSerializable(typeof(AnthropicEvents.MessageDelta))]
[JsonSerializable(typeof(AnthropicEvents.MessageStop))]
[JsonSerializable(typeof(AnthropicEvents.Ping))]
[JsonSerializable(typeof(AnthropicError))]
[JsonSerializable(typeof(AnthropicModel))]
[JsonSerializable(typeof(AnthropicModel.Page))]
internal sealed partial class AnthropicJson : JsonSerializerContext;
