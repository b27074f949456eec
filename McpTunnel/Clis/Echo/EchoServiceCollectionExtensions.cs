using Microsoft.Extensions.DependencyInjection;

namespace Polydev.McpTunnel.Clis.Echo;

internal static class EchoServiceCollectionExtensions
{
    public static IServiceCollection AddEcho(this IServiceCollection services) => services.AddSingleton<ICliAdapter, EchoAdapter>();
}
