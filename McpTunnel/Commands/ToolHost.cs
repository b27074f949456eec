using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Echo;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;

namespace Polydev.McpTunnel.Commands;

/// <summary>What the commands are built from. The empty host reads no files and starts in milliseconds.</summary>
internal static class ToolHost
{
    // Editors kill a server that does not go within a few seconds.
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(5);

    public static HostApplicationBuilder Create(ProcessSettings settings, LogLevel logLevel)
    {
        var builder = CreateForClis(settings, logLevel);
        builder.Services.AddWork();
        builder.Services.AddTunnel();
        builder.Services.AddStatus();
        return builder;
    }

    /// <summary>Knows the CLIs, and has no tunnel.</summary>
    public static HostApplicationBuilder CreateForClis(ProcessSettings settings, LogLevel logLevel)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownLimit);
        builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        builder.Services.AddStandardErrorLogging(settings.Clis.Variables, logLevel);
        builder.Services.AddSettings(settings);
        builder.Services.AddClis().AddClaude().AddCodex().AddGemini().AddEcho();
        return builder;
    }

    /// <summary>The settings; null when they make no sense, which stderr then says.</summary>
    public static ProcessSettings? ReadSettings()
    {
        try
        {
            return ProcessSettings.FromEnvironment();
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"polydev-mcp: {e.Message}");
            return null;
        }
    }
}
