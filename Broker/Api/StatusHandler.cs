using Polydev.Broker.Presence;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary><c>GET /api/v1/status</c>: the account's tunnels and what their CLIs offer.</summary>
internal sealed class StatusHandler(ITunnelDirectory directory)
{
    public async Task GetAsync(HttpContext context)
    {
        var tunnels = await directory.FindAsync(ApiCall.Of(context).Caller.AccountId, context.RequestAborted);
        var sessions = tunnels.Online.Where(tunnel => !tunnel.IsDraining).ToList();
        var status = new StatusBody(sessions.Count > 0, [.. sessions.Select(Describe)]);
        await context.Response.WriteAsJsonAsync(status, ApiJson.Default.StatusBody, cancellationToken: context.RequestAborted);
    }

    private static StatusTunnel Describe(OnlineTunnel session) => new(
        session.MachineName,
        session.Version,
        session.ConnectedSince,
        [.. session.Clis.Select(cli => new StatusProvider(cli.Provider, cli.Version, StateOf(cli.State), cli.Hint, [.. cli.Models.Select(model => model.Id)]))]);

    private static string StateOf(CliState state) => state switch
    {
        CliState.Ready => "ready",
        CliState.NotLoggedIn => "not_logged_in",
        CliState.NotInstalled => "not_installed",
        _ => "unusable",
    };
}
