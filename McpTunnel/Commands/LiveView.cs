using Microsoft.Extensions.Hosting;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Status;

namespace Polydev.McpTunnel.Commands;

/// <summary>The status on a terminal, drawn over itself twice a second.</summary>
internal sealed class LiveView(StatusReporter reporter, CliCatalog catalog, TextWriter output, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private int _drawn;

    public static bool IsPossible => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await DrawAsync();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            await DrawAsync();
        }
        catch (IOException)
        {
            // The terminal has gone; the tunnel need not.
        }
    }

    private async Task DrawAsync()
    {
        var lines = LiveScreen.Lines(reporter.Report(catalog.Current), time.GetUtcNow(), Math.Max(20, Console.WindowWidth - 1));
        await output.WriteAsync(LiveScreen.Over(lines, _drawn));
        await output.FlushAsync();
        _drawn = lines.Count;
    }
}
