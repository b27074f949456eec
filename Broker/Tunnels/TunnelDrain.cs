using Microsoft.Extensions.Options;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// When the broker stops: tells every tunnel, lets running answers end for a while, then closes the sessions, because Kestrel would wait
/// for their streams.
/// </summary>
internal sealed class TunnelDrain(TunnelRegistry registry, IOptions<TunnelOptions> options, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(1);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        foreach (var session in registry.All)
        {
            session.Drain(ReconnectAfter);
        }

        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), time);
        while (registry.All.Any(session => session.InFlight > 0) && time.GetElapsedTime(started) < options.Value.DrainTime)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        foreach (var session in registry.All)
        {
            session.Close();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
