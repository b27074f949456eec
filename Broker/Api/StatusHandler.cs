using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary><c>GET /api/v1/status</c>: the account's tunnels and what their CLIs offer.</summary>
internal sealed class StatusHandler(TunnelRegistry tunnels)
{
    public Task GetAsync(HttpContext context)
    {
        var sessions = tunnels.Of(ApiCall.Of(context).Caller.AccountId);
        var status = new StatusBody(sessions.Count > 0, [.. sessions.Select(Describe)]);
        return context.Response.WriteAsJsonAsync(status, ApiJson.Default.StatusBody, cancellationToken: context.RequestAborted);
    }

    private static StatusTunnel Describe(TunnelSession session) => new(
        session.MachineName,
        session.Version,
        session.ConnectedSince,
        [.. session.Catalog.Clis.Select(cli => new StatusProvider(cli.Provider, cli.Version, StateOf(cli.State), cli.Hint, [.. cli.Models.Select(model => model.Id)]))]);

    private static string StateOf(CliState state) => state switch
    {
        CliState.Ready => "ready",
        CliState.NotLoggedIn => "not_logged_in",
        CliState.NotInstalled => "not_installed",
        _ => "unusable",
    };
}
