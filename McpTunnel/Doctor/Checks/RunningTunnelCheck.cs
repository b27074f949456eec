using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>A tunnel of this machine is online at the broker. Without one everything may be well, and no call comes here.</summary>
internal sealed class RunningTunnelCheck(RunningTunnels running, TunnelSettings settings) : IDoctorCheck
{
    public string Name => "tunnel";

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var status = await running.AskAsync(cancellationToken);
        var ours = settings.Broker.GetLeftPart(UriPartial.Path);
        return status switch
        {
            { Hanging: [var id, ..], IsOnline: false } => CheckResult.Failed($"Process {id} is there and does not answer.", $"kill {id}"),
            { Tunnels: [] } => CheckResult.Warning("No tunnel runs: no call reaches this machine.", "polydev-mcp tunnel"),
            { IsOnline: false } => CheckResult.Failed(NotOnline(status.Tunnels[0]), "polydev-mcp status"),
            _ when status.Tunnels.FirstOrDefault(IsAtOurs) is { } here => CheckResult.Ok($"Process {here.Process.Id} is online at {ours}."),
            _ => CheckResult.Warning(
                $"A tunnel is online at {status.Tunnels[0].Tunnel.Broker}, and none at {ours}.", "polydev-mcp tunnel"),
        };

        bool IsAtOurs(StatusReport report) => report.Tunnel is { State: "online" } tunnel && tunnel.Broker == ours;
    }

    private static string NotOnline(StatusReport report) =>
        $"Process {report.Process.Id} runs and is {report.Tunnel.State.Replace('_', ' ')}"
        + (report.Tunnel.Error is { } error ? $": {error}" : ".");
}
