using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// <c>polydev-mcp tunnel</c>: the tunnel alone. Ends with SIGTERM or Ctrl-C (0), or when there can be no tunnel (1). Not logged in, it
/// waits for a login.
/// </summary>
internal static class TunnelCommand
{
    public static async Task<int> RunAsync(bool untilStdinCloses)
    {
        if (ToolHost.ReadSettings() is not { } settings)
        {
            return HelpCommand.BadUsage;
        }

        if (settings.Tunnel.Problem is { } problem)
        {
            await Console.Error.WriteLineAsync($"polydev-mcp: {problem}");
            if (!settings.Tunnel.IsLoggedOut)
            {
                return 1;
            }
        }

        // The live view redraws the screen: log lines in between would tear it.
        var isTerminal = LiveView.IsPossible;
        var builder = ToolHost.Create(settings, isTerminal ? LogLevel.None : LogLevel.Warning);
        builder.Services.AddSingleton(Console.Out);
        if (isTerminal)
        {
            builder.Services.AddHostedService<LiveView>();
        }
        else
        {
            builder.Services.AddHostedService<PlainView>();
        }

        if (untilStdinCloses)
        {
            builder.Services.AddHostedService<StandardInputLifeline>();
        }

        builder.Services.AddHostedService<GiveUp>();
        using var host = builder.Build();
        var state = host.Services.GetRequiredService<TunnelState>();
        await host.StartAsync();
        await host.WaitForShutdownAsync();
        if (GiveUp.IsHopeless(state.Current, settings.Tunnel))
        {
            await Console.Error.WriteLineAsync($"polydev-mcp: {state.Current.Error}");
            return 1;
        }

        return 0;
    }
}
