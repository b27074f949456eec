using Microsoft.Extensions.DependencyInjection;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Echo;
using Polydev.McpTunnel.Clis.Gemini;

namespace Polydev.McpTunnel.Clis;

internal static class CliServices
{
    /// <summary>All adapters, one line each, and the catalog that detects them together.</summary>
    public static IServiceCollection AddClis(this IServiceCollection services)
    {
        services.AddClaude();
        services.AddCodex();
        services.AddGemini();
        services.AddEcho();
        return services.AddSingleton<CliCatalog>();
    }
}
