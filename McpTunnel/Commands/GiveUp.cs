using Microsoft.Extensions.Hosting;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Commands;

/// <summary>Ends the process when there can be no tunnel: alone, it would have nothing to do.</summary>
internal sealed class GiveUp(TunnelState state, TunnelAccess access, IHostApplicationLifetime lifetime) : IHostedService
{
    /// <summary>False where a login would help: it is waited for.</summary>
    public static bool IsHopeless(TunnelStatus status, TunnelSettings settings) => status.Phase switch
    {
        TunnelPhase.Refused => !settings.CanLogIn,
        TunnelPhase.NotConfigured => !settings.IsLoggedOut,
        _ => false,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        state.Changed += Look;
        // It may have come to this before anyone listened.
        Look(state.Current);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        state.Changed -= Look;
        return Task.CompletedTask;
    }

    private void Look(TunnelStatus status)
    {
        if (IsHopeless(status, access.Current))
        {
            lifetime.StopApplication();
        }
    }
}
