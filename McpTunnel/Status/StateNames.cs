using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Status;

/// <summary>The names of states as people and programs read them: snake_case, the same everywhere.</summary>
internal static class StateNames
{
    public static string Of(CliState state) => state switch
    {
        CliState.Ready => "ready",
        CliState.NotLoggedIn => "not_logged_in",
        CliState.NotInstalled => "not_installed",
        CliState.Testing => "testing",
        _ => "unusable",
    };

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
