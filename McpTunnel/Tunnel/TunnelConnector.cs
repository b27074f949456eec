using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Finds the broker and opens connections to it.</summary>
internal sealed class TunnelConnector(
    TunnelSettings settings, TunnelIdentity identity, CliCatalog catalog, WorkRunner runner, TimeProvider time, ILogger<TunnelConnection> logger)
{
    /// <summary>Detects the CLIs, if nobody has yet: the hello tells them.</summary>
    public Task PrepareAsync(CancellationToken cancellationToken) => catalog.GetAsync(cancellationToken);

    /// <exception cref="BrokerUnreachableException">The broker could not be asked for its address.</exception>
    public async Task<TunnelConnection> OpenAsync(string token, CancellationToken stop)
    {
        var address = await BrokerDiscovery.FindAsync(settings.Broker, stop);
        var stream = TunnelStream.Open(address.Grpc, token, time);
        return new TunnelConnection(stream, new CatalogFrames(catalog, time), runner, time, logger, stop);
    }

    public async Task<Hello> HelloAsync(CancellationToken cancellationToken) => new()
    {
        Protocol = TunnelProtocol.Version,
        TunnelId = identity.Id,
        MachineName = identity.MachineName,
        Version = identity.Version,
        Features = { TunnelProtocol.Features },
        Catalog = await catalog.GetAsync(cancellationToken),
    };
}
