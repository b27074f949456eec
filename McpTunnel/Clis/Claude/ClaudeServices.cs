using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Clis.Claude;

internal static class ClaudeServices
{
    public static IServiceCollection AddClaude(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, ClaudeAdapter>());
        return services;
    }
}
