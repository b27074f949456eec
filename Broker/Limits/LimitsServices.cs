namespace Polydev.Broker.Limits;

/// <summary>Registers the bounds of what callers may ask for at once.</summary>
internal static class LimitsServices
{
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The configuration holds what cannot be.</exception>
    public static IServiceCollection AddLimits(
        this IServiceCollection services, IConfiguration configuration, TimeSpan callTime) => services
        .AddSingleton(LimitOptions.Read(configuration) with { CallTime = callTime })
        .AddSingleton<CallsInHand>()
        .AddSingleton<BodyMemory>();
}
