using Polydev.Broker.Errors;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Routing;

/// <summary>Why a call has no route, and what to do about it.</summary>
internal static class RoutingErrors
{
    // The tunnels' attempts follow one another within a second or two at first.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    // What a self-test of a CLI takes, about.
    private static readonly TimeSpan TestTime = TimeSpan.FromSeconds(5);

    /// <param name="provider">The CLI that the model is for, as far as anybody knows; else null.</param>
    public static ApiError Of(AccountTunnels tunnels, string? provider, ModelId id, string modelId)
    {
        if (tunnels.IsClosing || ModelRouter.IsWorthWaiting(tunnels, provider))
        {
            return Returning();
        }

        var usable = tunnels.Online.Where(tunnel => !tunnel.IsDraining).ToList();
        if (provider is null)
        {
            // Whose CLIs nobody has seen yet, nobody can say what ids they have.
            return usable.Count > 0 || tunnels.Departed.Count > 0 ? UnknownModel(modelId) : Offline();
        }

        var isHere = id.Provider is not null || usable.Exists(tunnel => tunnel.Clis.Any(cli => ModelRouter.Reports(cli, id.Model)));
        return usable.Count > 0 && isHere ? NoProvider(usable, provider, modelId) : Offline();
    }

    /// <summary>What was sent is not repeated: it may be of any length and any characters.</summary>
    public static ApiError NoName() => new(
        ApiErrorKind.ModelNotFound,
        "The model does not exist: what was sent is no model id. Use an id of GET /api/v1/models.")
    { Param = "model" };

    private static ApiError UnknownModel(string modelId) => new(
        ApiErrorKind.ModelNotFound,
        $"The model '{modelId}' does not exist: no CLI family has it. Use an id of GET /api/v1/models, or name the CLI yourself: "
        + "claude/…, codex/…, gemini/….")
    { Param = "model" };

    private static ApiError Offline() => new(
        ApiErrorKind.TunnelOffline,
        "Tunnel offline: no machine of this account with that CLI is connected. Start `polydev-mcp tunnel` (or an editor that starts "
        + "polydev-mcp) on the machine with your CLIs.")
    { ShouldRetry = false };

    private static ApiError Returning() => new(
        ApiErrorKind.TunnelOffline,
        "Tunnel offline: no machine with your CLIs is connected now, but one may be on its way back. Try again in a moment; "
        + "if it does not come, start `polydev-mcp tunnel` on it.")
    { ShouldRetry = true, RetryAfter = RetryAfter };

    private static ApiError NoProvider(List<OnlineTunnel> tunnels, string provider, string modelId)
    {
        var clis = tunnels.SelectMany(tunnel => tunnel.Clis).Where(cli => cli.Provider == provider).ToList();
        var soon = clis.Find(cli => cli.State == CliState.Testing);
        var hint = (soon ?? clis.Find(cli => cli.Hint.Length > 0))?.Hint ?? DefaultHint(provider);
        return new ApiError(ApiErrorKind.NoProvider, $"No matching CLI provider for '{modelId}': {hint}")
        {
            ShouldRetry = soon is not null,
            RetryAfter = soon is null ? null : TestTime,
        };
    }

    private static string DefaultHint(string provider) => provider switch
    {
        Providers.Claude => "install Claude Code on the tunnel's machine and log in with `claude`.",
        Providers.Codex => "install the Codex CLI on the tunnel's machine and log in with `codex login`.",
        Providers.Gemini => "install the Gemini CLI on the tunnel's machine and set it up with `gemini`.",
        _ => "update polydev-mcp on the tunnel's machine.",
    };
}
