using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Broker.AccountData;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Storage.Stores;

internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        if (options.Postgres is null)
        {
            services.AddDatabase<SqliteDatabase, SqliteQuotaStore>();
        }
        else
        {
            services.AddDatabase<PostgresDatabase, PostgresQuotaStore>();
        }

        services.TryAddSingleton<ICredentialStore, CredentialStore>();
        services.TryAddSingleton<IAccountStore, AccountStore>();
        services.TryAddSingleton<IUsageStore, UsageStore>();
        services.TryAddSingleton<IAuditStore, AuditStore>();
        services.TryAddSingleton<IAccountDataStore, AccountDataStore>();
        services.TryAddSingleton<IApiKeyStore, ApiKeyStore>();
        services.TryAddSingleton<IConnectionStore, ConnectionStore>();
        services.TryAddSingleton<IMachineRuleStore, MachineRuleStore>();
        services.TryAddSingleton<ISignInLinkStore, SignInLinkStore>();
        services.TryAddSingleton<ISessionStore, SessionStore>();
        services.TryAddSingleton<IDeviceLoginStore, DeviceLoginStore>();
        services.TryAddSingleton<IIdentityStore, IdentityStore>();
        services.TryAddSingleton<IXmlRepository, ProtectionKeyStore>();
        services.AddHostedService<StorageStartup>();
        return services;
    }

    private static void AddDatabase<TDatabase, TQuotas>(this IServiceCollection services)
        where TDatabase : Database
        where TQuotas : class, IQuotaStore
    {
        services.TryAddSingleton<TDatabase>();
        services.TryAddSingleton<Database>(provider => provider.GetRequiredService<TDatabase>());
        services.TryAddSingleton<IQuotaStore, TQuotas>();
    }
}

/// <summary>
/// Opens the database before the first caller does, so that a broken one stops the start and not a call; at the end it has all counts.
/// </summary>
internal sealed class StorageStartup(Database database) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => database.StoreCountsAsync(cancellationToken);
}
