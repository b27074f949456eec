using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Clis.Codex;

internal static class CodexServices
{
    /// <summary>Needs a <see cref="CliEnvironment"/> and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddCodex(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, CodexAdapter>());
        return services;
    }
}
