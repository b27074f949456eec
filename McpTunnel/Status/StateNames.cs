using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Status;

/// <summary>The names of the tunnel's phases as people and programs read them: snake_case, the same everywhere.</summary>
internal static class StateNames
{
    public static string Of(TunnelPhase phase) => phase switch
    {
        TunnelPhase.Starting => "starting",
        TunnelPhase.NotConfigured => "not_configured",
        TunnelPhase.StandingBy => "standing_by",
        TunnelPhase.Connecting => "connecting",
        TunnelPhase.Online => "online",
        TunnelPhase.Waiting => "waiting",
        TunnelPhase.Refused => "refused",
        _ => "stopped",
    };
}
