using Polydev.Broker.Errors;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Routing;

/// <summary>Finds the tunnel and the CLI for a model id. The id alone chooses, whatever the dialect.</summary>
internal sealed class ModelRouter(TunnelRegistry tunnels)
{
    /// <exception cref="ApiException">No CLI family has such a model, no tunnel is online, or none has that CLI ready.</exception>
    public ModelRoute Route(string accountId, string modelId)
    {
        var sessions = tunnels.Of(accountId).Where(session => !session.IsDraining).ToList();
        var id = ModelId.Parse(modelId);

        // 1. The id names its CLI by itself, or a connected CLI reports it as one of its models.
        var provider = id.Provider ?? ReportedBy(sessions, id.Model) ?? throw new ApiException(UnknownModel(modelId));
        if (sessions.Count == 0)
        {
            throw new ApiException(TunnelOffline());
        }

        // 2. Among the tunnels with that CLI ready: one that reports this very model before the others, then the least busy.
        var best = sessions
            .SelectMany(session => session.Catalog.Clis, (session, cli) => new ModelRoute(session, cli, id.Model))
            .Where(route => route.Cli.Provider == provider && route.Cli.State == CliState.Ready)
            .OrderByDescending(route => Reports(route.Cli, id.Model))
            .ThenBy(route => route.Session.InFlight)
            .FirstOrDefault();
        return best ?? throw new ApiException(NoProvider(sessions, provider, modelId));
    }

    private static string? ReportedBy(IEnumerable<TunnelSession> sessions, string model) =>
        sessions.SelectMany(session => session.Catalog.Clis).FirstOrDefault(cli => Reports(cli, model))?.Provider;

    private static bool Reports(CliInfo cli, string model) => cli.Models.Any(known => known.Id == model);

    private static ApiError UnknownModel(string modelId) => new(
        ApiErrorKind.ModelNotFound,
        $"The model '{modelId}' does not exist: no CLI family has it. Use an id of GET /api/v1/models, or name the CLI yourself: claude/…, codex/…, gemini/….")
    { Param = "model" };

    private static ApiError TunnelOffline() => new(
        ApiErrorKind.TunnelOffline,
        "Tunnel offline: no machine of this account is connected. Start `polydev-mcp tunnel` (or an editor that starts polydev-mcp) on the machine with your CLIs.")
    { ShouldRetry = false };

    private static ApiError NoProvider(IEnumerable<TunnelSession> sessions, string provider, string modelId)
    {
        var hint = sessions.SelectMany(session => session.Catalog.Clis)
            .FirstOrDefault(cli => cli.Provider == provider && cli.Hint.Length > 0)?.Hint ?? DefaultHint(provider);
        return new ApiError(ApiErrorKind.NoProvider, $"No matching CLI provider for '{modelId}': {hint}") { ShouldRetry = false };
    }

    private static string DefaultHint(string provider) => provider switch
    {
        Providers.Claude => "install Claude Code on the tunnel's machine and log in with `claude`.",
        Providers.Codex => "install the Codex CLI on the tunnel's machine and log in with `codex login`.",
        Providers.Gemini => "install the Gemini CLI on the tunnel's machine and set it up with `gemini`.",
        _ => "update polydev-mcp on the tunnel's machine.",
    };
}
