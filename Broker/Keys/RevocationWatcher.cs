namespace Polydev.Broker.Keys;

/// <summary>
/// Finds the revocations that another process made on the same database. It asks each second, for the watched ids alone, and not
/// at all while nothing is watched.
/// </summary>
internal sealed class RevocationWatcher(
    ICredentialStore store,
    Revocations revocations,
    TimeProvider time,
    ILogger<RevocationWatcher> logger) : BackgroundService
{
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await revocations.WaitUntilWatchedAsync(stoppingToken);
            await Task.Delay(Period, time, stoppingToken);
            await CheckAsync(stoppingToken);
        }
    }

    private async Task CheckAsync(CancellationToken stoppingToken)
    {
        try
        {
            var watched = revocations.WatchedIds();
            foreach (var id in watched.Length == 0 ? [] : await store.FindRevokedAsync(watched, stoppingToken))
            {
                KeysLog.RevokedElsewhere(logger, id);
                await revocations.AnnounceAsync(id);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            KeysLog.CheckFailed(logger, e);
        }
    }
}
