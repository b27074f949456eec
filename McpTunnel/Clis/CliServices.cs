using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Clis;

internal static class CliServices
{
    /// <summary>The catalog that detects all adapters together, and the watcher that keeps it fresh. The adapters add themselves.</summary>
    public static IServiceCollection AddClis(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<CliCatalog>();
        return services.AddHostedService<CliWatcher>();
    }
}
