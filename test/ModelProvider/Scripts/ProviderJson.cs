using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.ModelProvider.Scripts;

/// <summary>JSON as the vendors write it: names as given, no escapes where none are needed.</summary>
internal static class ProviderJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;
}
