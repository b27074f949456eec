using Polydev.Broker.Exchange;

namespace Polydev.Broker.Routing;

/// <summary>Registers routing and the exchange of work.</summary>
internal static class RoutingServices
{
    public static IServiceCollection AddModelRouting(this IServiceCollection services) => services
        .AddSingleton<ModelRouter>()
        .AddSingleton<ModelCatalog>()
        .AddSingleton<IWorkExchange, InProcessExchange>();
}
