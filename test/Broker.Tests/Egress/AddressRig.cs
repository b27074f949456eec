using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Commands;
using Polydev.Broker.Egress;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Tests.Egress;

/// <summary>
/// A whole broker before a <see cref="FakeNetwork"/>, with a tunnel whose Claude takes pictures and PDFs, and its Codex pictures.
/// </summary>
internal sealed class AddressRig : IAsyncDisposable
{
    private AddressRig(PictureServer server, FakeNetwork network, RunningBroker broker, FakeTunnel tunnel) =>
        (Server, Network, Broker, Tunnel) = (server, network, broker, tunnel);

    public PictureServer Server { get; }

    public FakeNetwork Network { get; }

    public RunningBroker Broker { get; }

    public FakeTunnel Tunnel { get; }

    public static async Task<AddressRig> StartAsync(
        Func<ServeOptions, ServeOptions>? change = null, Action<IServiceCollection>? replace = null)
    {
        var server = await PictureServer.StartAsync();
        var network = new FakeNetwork(server);
        var broker = await RunningBroker.StartAsync(change, services =>
        {
            services.AddSingleton<IEgressNetwork>(network);
            replace?.Invoke(services);
        });
        var claude = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { RequestFeatures.Images, RequestFeatures.Documents } };
        var codex = new CliInfo(Frames.Cli(Providers.Codex)) { Honours = { RequestFeatures.Images } };
        return new AddressRig(server, network, broker, await broker.ConnectTunnelAsync(Frames.Hello("t1", claude, codex)));
    }

    public async ValueTask DisposeAsync()
    {
        await Tunnel.DisposeAsync();
        await Broker.DisposeAsync();
        await Server.DisposeAsync();
    }
}
