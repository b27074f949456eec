using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Finds the broker and opens connections to it.</summary>
internal sealed class TunnelConnector(
    TunnelIdentity identity, CliCatalog catalog, BrokerLoop loop, InFlightWork work, TimeProvider time,
    ILogger<TunnelConnection> logger)
{
    /// <summary>
    /// Before the first connection with a login. Detects the CLIs, if nobody has yet: the hello tells them. One that is pointed at the
    /// broker itself is no use.
    /// </summary>
    public async Task PrepareAsync(TunnelSettings settings, CancellationToken cancellationToken)
    {
        // The rules of the login before are not this one's.
        catalog.Follow(new UsageRules());
        try
        {
            await FindBrokerAsync(settings, cancellationToken);
        }
        catch (ConnectionEndedException)
        {
            // The connection will say so.
        }

        await catalog.GetAsync(cancellationToken);
    }

    /// <summary>A connection that the broker has welcomed.</summary>
    /// <exception cref="ConnectionEndedException">The broker could not be reached, or refused the tunnel.</exception>
    public async Task<TunnelConnection> OpenAsync(TunnelSettings settings, CancellationToken stop)
    {
        var address = await FindBrokerAsync(settings, stop);
        var hello = await HelloAsync(stop);
        var stream = TunnelStream.Open(address.Grpc, settings.Token!, settings.Trust, time);
        try
        {
            var welcome = await stream.GreetAsync(hello).WaitAsync(stop);
            return new TunnelConnection(stream, welcome, hello.Catalog, work, catalog, time, logger, stop);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<BrokerAddress> FindBrokerAsync(TunnelSettings settings, CancellationToken cancellationToken)
    {
        var address = await BrokerDiscovery.FindAsync(settings, cancellationToken);
        if (loop.Learn(settings.Broker, settings.Grpc, address.Grpc, address.Api))
        {
            await catalog.LookAsync(cancellationToken);
        }

        return address;
    }

    private async Task<Hello> HelloAsync(CancellationToken cancellationToken) => new()
    {
        Protocol = TunnelProtocol.Version,
        TunnelId = identity.Id,
        MachineName = PlainText.Line(identity.MachineName, CatalogBounds.MaxNameChars),
        Version = identity.Version,
        Features = { TunnelProtocol.Features },
        Slots = (uint)identity.Slots,
        Catalog = CatalogBounds.Fit((await catalog.GetAsync(cancellationToken)).Clone()),
    };
}

/// <summary>Who the tunnel says it is. The id is new for each process and the same over its reconnections.</summary>
/// <param name="Slots">Items that it works on at once.</param>
internal sealed record TunnelIdentity(string Id, string MachineName, string Version, int Slots);
