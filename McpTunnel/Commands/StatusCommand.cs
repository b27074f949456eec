using System.Text.Json;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// <c>polydev-mcp status</c>: what the polydev-mcp processes of this user do, told by themselves. Ends with 0 (a tunnel is online), 1 (one
/// runs and is not), 2 (bad usage) or 3 (none runs).
/// </summary>
internal static class StatusCommand
{
    private const int NotOnline = 1;
    private const int NoneRuns = 3;

    /// <summary>Longer than any line of a report.</summary>
    private const int WholeLine = 4_000;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (!HelpCommand.TakesJson("status", arguments, out var json))
        {
            return HelpCommand.BadUsage;
        }

        TunnelPaths paths;
        try
        {
            paths = TunnelPaths.FromEnvironment(ProcessSettings.Variables());
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"polydev-mcp: {e.Message}");
            return HelpCommand.BadUsage;
        }

        var status = await new RunningTunnels(paths, TimeProvider.System).AskAsync(CancellationToken.None);
        await Console.Out.WriteLineAsync(
            json ? JsonSerializer.Serialize(status, StatusJson.Default.MachineStatus) : Text(status, TimeProvider.System.GetUtcNow()));
        return ExitCode(status);
    }

    public static int ExitCode(MachineStatus status) => status switch
    {
        { IsOnline: true } => 0,
        { Tunnels: [], Hanging: [] } => NoneRuns,
        _ => NotOnline,
    };

    public static string Text(MachineStatus status, DateTimeOffset now)
    {
        var parts = status.Tunnels.Select(report => string.Join('\n', LiveScreen.Lines(report, now, WholeLine)))
            .Concat(status.Hanging.Select(id => $"Process {id} is there and does not answer. If that lasts, end it: kill {id}"))
            .DefaultIfEmpty(
                "No tunnel runs on this machine. Start one: polydev-mcp tunnel, or an editor that polydev-mcp setup has set up.");
        return string.Join("\n\n", parts);
    }
}
