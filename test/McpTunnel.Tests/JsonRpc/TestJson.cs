using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Tests.JsonRpc;

[JsonSerializable(typeof(Ask))]
[JsonSerializable(typeof(Told))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TestJson : JsonSerializerContext;
