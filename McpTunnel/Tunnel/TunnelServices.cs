using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.Work;
using Polydev.McpTunnel.Work.Stored;

namespace Polydev.McpTunnel.Tunnel;

internal static class TunnelServices
{
    public static IServiceCollection AddTunnel(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new TunnelIdentity(
            Guid.NewGuid().ToString("N"),
            Environment.MachineName,
            ToolVersion.Text,
            provider.GetRequiredService<WorkOptions>().MaxConcurrent));
        services.TryAddSingleton(new Backoff(() => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30)));
        services.TryAddSingleton<TunnelState>();
        services.TryAddSingleton<ResponseStore>();
        services.TryAddSingleton<InFlightWork>();
        services.TryAddSingleton<TunnelConnector>();
        return services.AddHostedService<LoginWatcher>().AddHostedService<TunnelWorker>();
    }
}
