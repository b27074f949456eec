using Polydev.McpTunnel.JsonRpc;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// The only methods that are ever sent. Others can write the configuration, list files or end the user's login, locks or
/// not (config/value/write, fuzzyFileSearch, account/logout): none is added without reading docs/clis/codex.md.
/// </summary>
internal static class CodexMethods
{
    public const string Initialized = "initialized";

    public static JsonRpcMethod<CodexProtocol.Initialize, CodexProtocol.Initialized> Initialize { get; } =
        new("initialize", CodexJson.Default.Initialize, CodexJson.Default.Initialized);

    public static JsonRpcMethod<CodexProtocol.ReadAccount, CodexProtocol.AccountRead> ReadAccount { get; } =
        new("account/read", CodexJson.Default.ReadAccount, CodexJson.Default.AccountRead);

    public static JsonRpcMethod<CodexProtocol.ReadLimits, CodexProtocol.LimitsRead> ReadLimits { get; } =
        new("account/rateLimits/read", CodexJson.Default.ReadLimits, CodexJson.Default.LimitsRead);

    public static JsonRpcMethod<CodexProtocol.LogIn, CodexProtocol.Nothing> LogIn { get; } =
        new("account/login/start", CodexJson.Default.LogIn, CodexJson.Default.Nothing);

    public static JsonRpcMethod<CodexProtocol.Nothing, CodexProtocol.ModelList> ListModels { get; } =
        new("model/list", CodexJson.Default.Nothing, CodexJson.Default.ModelList);

    public static JsonRpcMethod<CodexProtocol.StartThread, CodexProtocol.ThreadStarted> StartThread { get; } =
        new("thread/start", CodexJson.Default.StartThread, CodexJson.Default.ThreadStarted);

    public static JsonRpcMethod<CodexProtocol.InjectItems, CodexProtocol.Nothing> InjectItems { get; } =
        new("thread/inject_items", CodexJson.Default.InjectItems, CodexJson.Default.Nothing);

    public static JsonRpcMethod<CodexProtocol.StartTurn, CodexProtocol.TurnStarted> StartTurn { get; } =
        new("turn/start", CodexJson.Default.StartTurn, CodexJson.Default.TurnStarted);

    public static JsonRpcMethod<CodexProtocol.InterruptTurn, CodexProtocol.Nothing> InterruptTurn { get; } =
        new("turn/interrupt", CodexJson.Default.InterruptTurn, CodexJson.Default.Nothing);
}
