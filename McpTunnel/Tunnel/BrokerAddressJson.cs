using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Tunnel;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BrokerAddress))]
internal sealed partial class BrokerAddressJson : JsonSerializerContext;
