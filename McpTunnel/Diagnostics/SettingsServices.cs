using Microsoft.Extensions.DependencyInjection;

namespace Polydev.McpTunnel.Diagnostics;

internal static class SettingsServices
{
    /// <summary>Each area takes its own record; none reads the environment itself.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, ProcessSettings settings) => services
        .AddSingleton(settings.Tunnel)
        .AddSingleton(settings.Paths)
        .AddSingleton(settings.Work)
        .AddSingleton(settings.Clis)
        .AddSingleton(settings.Clis.Pool)
        .AddSingleton<StatusReporter>();
}
