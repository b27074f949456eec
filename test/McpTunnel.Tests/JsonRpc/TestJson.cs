using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Tests.JsonRpc;

internal sealed record Ask(string Text);

internal sealed record Told(int Number);

[JsonSerializable(typeof(Ask))]
[JsonSerializable(typeof(Told))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TestJson : JsonSerializerContext;
