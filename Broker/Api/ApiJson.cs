using System.Text.Json.Serialization;

namespace Polydev.Broker.Api;

/// <summary>The broker's own JSON; the vendors' stands with their dialects.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(WellKnownBody))]
internal sealed partial class ApiJson : JsonSerializerContext;
