using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Polydev.Broker.Hosting;

/// <summary>Where the broker really listens, once it does (port 0 becomes a number), and where others reach it.</summary>
/// <param name="publicUrl">Where a proxy stands before the broker.</param>
internal sealed class BrokerAddresses(IServer server, Uri? publicUrl)
{
    // In the order in which the broker listens: REST, then gRPC where it has a port of its own.
    private IReadOnlyList<Uri> Bound =>
        [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address))];

    public Uri Http => Bound[0];

    public Uri Grpc => Bound[^1];

    /// <summary>For a program on this very machine.</summary>
    public string Local => Reachable(Http, "127.0.0.1").ToString().TrimEnd('/');

    /// <summary>The base URL that callers give their SDK.</summary>
    public string ApiBase => $"{(publicUrl ?? Reachable(Http, "127.0.0.1")).ToString().TrimEnd('/')}/api/v1";

    /// <summary>The gRPC address for a tunnel that reached us by this host name.</summary>
    public string GrpcFor(string host) => (publicUrl ?? Reachable(Grpc, host)).ToString().TrimEnd('/');

    // A wildcard address is no address to connect to; HTTP/1.0 needs no Host header.
    private static Uri Reachable(Uri bound, string host) => bound.Host is "0.0.0.0" or "[::]" or "::"
        ? new UriBuilder(bound) { Host = host.Length > 0 ? host : "127.0.0.1" }.Uri
        : bound;
}
