using Microsoft.Extensions.Hosting;

namespace Polydev.McpTunnel.Mcp;

/// <summary>
/// Ends the process with its stdin: the editor has gone, and all that runs for it ends too. Left alone, the SDK (2.4.0) would wait
/// for calls whose answers nobody takes any more.
/// </summary>
internal sealed class EndWithInput(ServerInput input, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await input.Ended.WaitAsync(stoppingToken);
        lifetime.StopApplication();
    }
}
