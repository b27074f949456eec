using System.Text.Json.Serialization.Metadata;

namespace Polydev.McpTunnel.JsonRpc;

/// <summary>A method that we call, with the source-generated shapes of its parameters and its result.</summary>
internal sealed record JsonRpcMethod<TParams, TResult>(string Name, JsonTypeInfo<TParams> Params, JsonTypeInfo<TResult> Result);
