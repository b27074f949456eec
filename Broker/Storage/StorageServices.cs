using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Storage;

internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, string dataFolder)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new StorageOptions { DataFolder = dataFolder });
        services.TryAddSingleton<SqliteDatabase>();
        services.TryAddSingleton<ICredentialStore, SqliteCredentialStore>();
        services.TryAddSingleton<IAccountStore, SqliteAccountStore>();
        services.AddHostedService<StorageStartup>();
        return services;
    }
}

/// <summary>Opens the database before the first caller does, so that a broken one stops the start and not a call.</summary>
internal sealed class StorageStartup(SqliteDatabase database) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = database.Open();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
