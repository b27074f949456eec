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
