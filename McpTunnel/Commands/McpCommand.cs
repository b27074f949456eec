using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Mcp;

namespace Polydev.McpTunnel.Commands;

/// <summary><c>polydev-mcp</c>: the MCP server on stdio with the tunnel inside. Ends with its stdin.</summary>
internal static class McpCommand
{
    public static async Task<int> RunAsync()
    {
        using var input = Console.OpenStandardInput();
        await using var output = new BufferedStream(Console.OpenStandardOutput());
        // Stdout is the protocol's: a stray print must not break it.
        Console.SetOut(Console.Error);
        if (ToolHost.ReadSettings() is not { } settings)
        {
            return HelpCommand.BadUsage;
        }

        var builder = ToolHost.Create(settings, LogLevel.Warning);
        builder.Services.AddMcp(input, output, TimeProvider.System);
        await builder.Build().RunAsync();
        return 0;
    }
}
