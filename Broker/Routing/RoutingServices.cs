namespace Polydev.Broker.Routing;

/// <summary>Registers routing; it needs a directory.</summary>
internal static class RoutingServices
{
    public static IServiceCollection AddModelRouting(this IServiceCollection services) => services
        .AddSingleton<ModelRouter>()
        .AddSingleton<ModelCatalog>();
}
