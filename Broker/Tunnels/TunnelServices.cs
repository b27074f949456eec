using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Broker.Presence;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tunnels;

/// <summary>Registers the tunnels' end of the broker. Needs machines and keys.</summary>
internal static class TunnelServices
{
    public static IServiceCollection AddTunnels(this IServiceCollection services, TunnelOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Microsoft.Extensions.Options.Options.Create(options));
        services.TryAddSingleton<TunnelRegistry>();
        services.TryAddSingleton<ITunnelDirectory>(provider => provider.GetRequiredService<TunnelRegistry>());
        services.TryAddSingleton<TunnelGate>();
        services.TryAddSingleton<SessionRules>();
        services.AddHostedService<TunnelDrain>();
        services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = TunnelProtocol.MaxReceivedBytes);
        return services;
    }

    public static void MapTunnels(this IEndpointRouteBuilder routes) => routes.MapGrpcService<TunnelService>();
}
