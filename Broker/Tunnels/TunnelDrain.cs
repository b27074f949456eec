using Microsoft.Extensions.Options;

namespace Polydev.Broker.Tunnels;

/// <summary>
/// When the broker stops: tells every tunnel, lets running answers end for a while, then closes the sessions, because Kestrel waits for
/// their streams. It does not hold up the stop: Kestrel frees the port at once, for a successor, and the tunnels go there while the old
/// streams run out here.
/// </summary>
internal sealed class TunnelDrain(TunnelRegistry registry, IOptions<TunnelOptions> options, TimeProvider time) : IHostedLifecycleService
{
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromMilliseconds(200);
    private Task _draining = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        registry.Close();
        foreach (var session in registry.All)
        {
            session.Drain(ReconnectAfter);
        }

        _draining = DrainAsync(cancellationToken);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _draining;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Value.DrainTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await registry.WhenIdleAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // Time is up: what still runs is cut.
        }
        finally
        {
            foreach (var session in registry.All)
            {
                session.Close();
            }
        }
    }
}
