namespace Polydev.Broker.Storage;

/// <summary>Opens the database before the first caller does, so that a broken one stops the start and not a call.</summary>
internal sealed class StorageStartup(SqliteDatabase database) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = database.Open();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
