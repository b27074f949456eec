using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.McpTunnel.Clis.Gemini;

internal static class GeminiServices
{
    /// <summary>Needs a <see cref="CliEnvironment"/> and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddGemini(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, GeminiAdapter>());
        return services;
    }
}
