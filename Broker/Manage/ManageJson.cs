using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Manage;

/// <summary>Every body that the management API answers with.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ManageErrorBody))]
[JsonSerializable(typeof(OverviewBody))]
[JsonSerializable(typeof(AccountBody))]
[JsonSerializable(typeof(KeysBody))]
[JsonSerializable(typeof(KeyBody))]
[JsonSerializable(typeof(MachinesBody))]
[JsonSerializable(typeof(MachineBody))]
[JsonSerializable(typeof(UsageBody))]
[JsonSerializable(typeof(CallsBody))]
[JsonSerializable(typeof(CallBody))]
[JsonSerializable(typeof(SessionsBody))]
[JsonSerializable(typeof(EndedSessionsBody))]
[JsonSerializable(typeof(TokensBody))]
[JsonSerializable(typeof(TokenBody))]
[JsonSerializable(typeof(AuditBody))]
internal sealed partial class ManageJson : JsonSerializerContext
{
    public static Task WriteAsync<T>(HttpContext context, T body, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(body, type, cancellationToken: context.RequestAborted);
}
