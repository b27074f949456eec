namespace Polydev.Broker.Exchange;

internal static class ExchangeServices
{
    /// <summary>Within this process; needs its tunnels.</summary>
    public static IServiceCollection AddExchange(this IServiceCollection services) =>
        services.AddSingleton<IWorkExchange, InProcessExchange>();
}
