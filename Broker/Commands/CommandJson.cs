using System.Text.Json.Serialization;

namespace Polydev.Broker.Commands;

/// <summary>What <c>--json</c> prints, always one line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CredentialJson))]
[JsonSerializable(typeof(CredentialJson[]))]
[JsonSerializable(typeof(AccountJson))]
[JsonSerializable(typeof(AccountJson[]))]
internal sealed partial class CommandJson : JsonSerializerContext
{
    /// <summary>As precise as it is stored, so that a new one and a listed one have the same time.</summary>
    public static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        System.DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
