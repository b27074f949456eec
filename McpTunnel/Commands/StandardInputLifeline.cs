using Microsoft.Extensions.Hosting;
using Polydev.McpTunnel.Mcp;

namespace Polydev.McpTunnel.Commands;

/// <summary><c>--until-stdin-closes</c>: whoever started us holds our stdin open, and we go when it goes, however it goes.</summary>
internal sealed class StandardInputLifeline(IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not the bare stdin: a read of that cannot be cancelled, and would hold up the end by SIGTERM.
        await using var stdin = new ServerInput(Console.OpenStandardInput(), time);
        var buffer = new byte[256];
        while (await stdin.ReadAsync(buffer, stoppingToken) > 0)
        {
        }

        lifetime.StopApplication();
    }
}
