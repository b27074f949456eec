using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Polydev.Broker.Egress;

/// <summary>Registers what fetches from addresses that callers name.</summary>
internal static class EgressServices
{
    public static IServiceCollection AddEgress(this IServiceCollection services, EgressOptions options)
    {
        services.TryAddSingleton<IEgressNetwork, SystemNetwork>();
        return services.AddSingleton(options).AddSingleton<AddressFetcher>().AddSingleton<MediaFetcher>();
    }
}

/// <summary>Whether the broker fetches at all.</summary>
internal sealed record EgressOptions
{
    public bool Fetches { get; init; } = true;
}
