using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Mcp;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Mcp;

/// <summary>The MCP server in this process, spoken to by the SDK's own client over pipes. It has no token.</summary>
internal sealed class McpFixture : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TemporaryFolder _folder = new();
    private readonly NoErrorLogs _logs = new();
    private readonly Pipe _input = new();

    private McpFixture(ICliAdapter[] adapters, TimeProvider time)
    {
        var output = new Pipe();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(_logs);
        var variables = new Dictionary<string, string> { ["POLYDEV_STATE_DIR"] = _folder.FullName };
        builder.Services.AddSingleton(time);
        builder.Services.AddSettings(ProcessSettings.From(variables));
        builder.Services.AddWork();
        builder.Services.AddTunnel();
        builder.Services.AddStatus();
        builder.Services.AddSingleton<CliCatalog>();
        foreach (var adapter in adapters)
        {
            builder.Services.AddSingleton(adapter);
        }

        builder.Services.AddMcp(_input.Reader.AsStream(), output.Writer.AsStream(), TimeProvider.System);
        _host = builder.Build();
        Transport = new StreamClientTransport(_input.Writer.AsStream(), output.Reader.AsStream());
    }

    public IServiceProvider Services => _host.Services;

    public McpClient Client { get; private set; } = null!;

    private StreamClientTransport Transport { get; }

    public static Task<McpFixture> StartAsync(params ICliAdapter[] adapters) => StartAsync(TimeProvider.System, adapters);

    /// <param name="time">For all but the server's input.</param>
    public static async Task<McpFixture> StartAsync(TimeProvider time, params ICliAdapter[] adapters)
    {
        var fixture = new McpFixture(adapters, time);
        await fixture._host.StartAsync();
        fixture.Client = await McpClient.CreateAsync(fixture.Transport).DefaultTimeout();
        return fixture;
    }

    /// <summary>Closes the server's stdin.</summary>
    public void EndInput() => _input.Writer.Complete();

    public Task WaitForShutdownAsync() => _host.WaitForShutdownAsync().DefaultTimeout();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _host.StopAsync().DefaultTimeout();
        _host.Dispose();
        _logs.Dispose();
        _folder.Dispose();
    }
}
