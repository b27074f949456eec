using System.Text.Json.Serialization;

namespace Polydev.Broker.Dialects.Gemini;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GeminiResponse))]
[JsonSerializable(typeof(GoogleError))]
[JsonSerializable(typeof(GoogleModel))]
[JsonSerializable(typeof(GoogleModel.Page))]
internal sealed partial class GeminiJson : JsonSerializerContext;
