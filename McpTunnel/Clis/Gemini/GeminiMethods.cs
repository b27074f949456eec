using System.Text.Json;
using Polydev.McpTunnel.JsonRpc;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// The only methods that are ever sent. <c>authenticate</c> rewrites the settings, <c>session/set_mode</c> can lift the approval mode:
/// none is added without reading docs/clis/gemini-cli.md.
/// </summary>
internal static class GeminiMethods
{
    /// <summary>The one notification that a session sends.</summary>
    public const string Update = "session/update";

    public static JsonRpcMethod<GeminiProtocol.Initialize, GeminiProtocol.Initialized> Initialize { get; } =
        new("initialize", GeminiJson.Default.Initialize, GeminiJson.Default.Initialized);

    public static JsonRpcMethod<GeminiProtocol.NewSession, GeminiProtocol.NewSessionStarted> NewSession { get; } =
        new("session/new", GeminiJson.Default.NewSession, GeminiJson.Default.NewSessionStarted);

    public static JsonRpcMethod<GeminiProtocol.LoadSession, JsonElement> LoadSession { get; } =
        new("session/load", GeminiJson.Default.LoadSession, GeminiJson.Default.JsonElement);

    public static JsonRpcMethod<GeminiProtocol.SetModel, JsonElement> SetModel { get; } =
        new("session/set_model", GeminiJson.Default.SetModel, GeminiJson.Default.JsonElement);

    public static JsonRpcMethod<GeminiProtocol.Prompt, GeminiProtocol.PromptEnded> Prompt { get; } =
        new("session/prompt", GeminiJson.Default.Prompt, GeminiJson.Default.PromptEnded);
}
