using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Work;

internal static class WorkServices
{
    public static IServiceCollection AddWork(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RunningCalls>();
        services.TryAddSingleton<WorkRunner>();
        return services;
    }
}
