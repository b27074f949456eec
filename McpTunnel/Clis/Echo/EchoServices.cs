using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Clis.Echo;

internal static class EchoServices
{
    public static IServiceCollection AddEcho(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, EchoAdapter>());
        return services;
    }
}
