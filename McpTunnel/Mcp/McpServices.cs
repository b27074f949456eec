using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Mcp;

internal static class McpServices
{
    /// <summary>The MCP server with its tools and its resource, on these two streams.</summary>
    public static IServiceCollection AddMcp(this IServiceCollection services, Stream input, Stream output, TimeProvider time)
    {
        var serverInput = new ServerInput(input, time);
        services.AddSingleton(serverInput);
        services.AddHostedService<EndWithInput>();
        services.AddSingleton<McpServerTool, PerspectivesTool>();
        services.AddSingleton<McpServerTool, CliStatusTool>();
        services.AddSingleton<McpServerTool, TunnelStatusTool>();
        services.AddSingleton<McpServerTool, ModelsTool>();
        services.AddSingleton<McpServerResource, StatusResource>();
        services.AddMcpServer(options =>
        {
            options.ServerInfo = new Implementation { Name = "polydev", Title = "Polydev", Version = ToolVersion.Text };
            options.ServerInstructions = "Asks other AI models through the CLIs that are logged in on this machine, and keeps the tunnel "
                + "through which standard API calls reach them. Start with tunnel_status when something does not work.";
        }).WithStreamServerTransport(serverInput, output);
        return services;
    }
}
