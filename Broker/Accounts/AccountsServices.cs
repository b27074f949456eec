using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.Broker.Accounts;

internal static class AccountsServices
{
    /// <summary>Needs an <see cref="IAccountStore"/>.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AccountDirectory>();
        return services;
    }
}
