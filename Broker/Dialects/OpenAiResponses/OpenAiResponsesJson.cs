using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.OpenAiResponses;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiResponsesResponse))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(ResponseErrorEvent))]
internal sealed partial class OpenAiResponsesJson : JsonSerializerContext;
