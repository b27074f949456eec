using Microsoft.Extensions.DependencyInjection;
using Polydev.McpTunnel.Clis.Echo;

namespace Polydev.McpTunnel.Clis;

internal static class CliCatalogServiceCollectionExtensions
{
    /// <summary>All adapters, one line each, and the catalog that detects them together.</summary>
    public static IServiceCollection AddClis(this IServiceCollection services)
    {
        services.AddEcho();
        return services.AddSingleton<CliCatalog>();
    }
}
