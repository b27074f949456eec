using Microsoft.Extensions.Hosting;

namespace Polydev.McpTunnel.Commands;

/// <summary><c>--until-stdin-closes</c>: whoever started us holds our stdin open, and we go when it goes, however it goes.</summary>
internal sealed class StandardInputLifeline(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var stdin = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (await stdin.ReadAsync(buffer, stoppingToken) > 0)
        {
        }

        lifetime.StopApplication();
    }
}
