namespace Polydev.Broker.Stored;

internal static class StoredServices
{
    /// <summary>Needs the exchange, the tunnels' directory and the limits.</summary>
    public static IServiceCollection AddStoredResponses(this IServiceCollection services) => services.AddSingleton<StoredResponses>();
}
