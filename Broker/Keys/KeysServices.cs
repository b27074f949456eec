using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.Broker.Keys;

internal static class KeysServices
{
    /// <summary>Needs an <see cref="ICredentialStore"/>.</summary>
    public static IServiceCollection AddKeys(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CredentialCache>();
        services.TryAddSingleton<CredentialAuthenticator>();
        services.TryAddSingleton<Revocations>();
        services.TryAddSingleton<CredentialIssuer>();
        services.TryAddSingleton<AccountTokens>();
        services.AddHostedService<RevocationWatcher>();
        return services;
    }
}
