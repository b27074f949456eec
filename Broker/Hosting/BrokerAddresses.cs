using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Hosting;

/// <summary>Where the broker really listens, once it does (port 0 becomes a number), and where others reach it.</summary>
/// <param name="publicUrl">Where a proxy stands before the broker.</param>
internal sealed class BrokerAddresses(IServer server, Uri? publicUrl)
{
    private const string ThisMachine = "127.0.0.1";

    private bool? _isOnLoopback;

    public Uri Http => Bound[0];

    public Uri Grpc => Bound[^1];

    /// <summary>For a program on this very machine. With TLS by the public name, for which the certificate is made.</summary>
    public string Local => Text(IsTls ? publicUrl ?? Reachable(Http) : Reachable(Http));

    /// <summary>The gRPC address for a program on this very machine.</summary>
    public string LocalGrpc => IsTls ? Local : Text(Reachable(Grpc));

    /// <summary>Where a browser finds the pages.</summary>
    public Uri Site => publicUrl ?? Reachable(Http);

    /// <summary>The base URL that callers give their SDK.</summary>
    public string ApiBase => $"{Text(Site)}/api/v1";

    private bool IsTls => Http.Scheme == Uri.UriSchemeHttps;

    // In the order in which the broker listens: REST, then gRPC where it has a port of its own. The first call may come before the second
    // is bound: nothing of it is kept but what is known by then.
    private IReadOnlyList<Uri> Bound =>
        [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address))];

    /// <summary>Where a browser finds the pages, for who reached us by this name.</summary>
    public string SiteFor(HostString asked) => Text(publicUrl ?? As(asked, Http, IsTls ? asked.Port : Http.Port));

    /// <summary>Where the very browser that asks finds the pages: by the name that its cookies stand under.</summary>
    public string BrowserSite(HttpRequest request) => publicUrl is null ? $"{request.Scheme}://{request.Host}" : Text(publicUrl);

    /// <summary>The base URL for who reached us by this name.</summary>
    public string ApiBaseFor(HostString asked) => $"{SiteFor(asked)}/api/v1";

    /// <summary>
    /// The gRPC address for a tunnel that reached us by this name: a name that led to the one port leads to the other, where both are bound
    /// alike, and the one of TLS bears that very name's certificate.
    /// </summary>
    public string GrpcFor(HostString asked) => Text(publicUrl ?? (IsTls ? As(asked, Grpc, asked.Port)
        : Grpc.Host == Http.Host || IsAny(Grpc) ? As(asked, Grpc, Grpc.Port)
        : Grpc));

    /// <summary>
    /// False for a name that no honest client of a broker on loopback uses: a page of some site whose name its owner has turned to this
    /// machine (DNS rebinding). A broker on any other address does not know its names.
    /// </summary>
    public bool Answers(string host) => !(_isOnLoopback ??= LoopbackHost.Is(Http.Host)) || LoopbackHost.Is(host)
        || host.Equals(publicUrl?.Host, StringComparison.OrdinalIgnoreCase);

    private static Uri As(HostString asked, Uri bound, int? port)
    {
        // Loopback has several names, and not every machine gives "localhost" to both families: without TLS the bound one is the surest.
        var isFixed = !asked.HasValue || (bound.Scheme == Uri.UriSchemeHttp && LoopbackHost.Is(bound.Host));
        var named = $"{bound.Scheme}://{asked.Host}{(port is { } known ? $":{known}" : string.Empty)}";
        return !isFixed && Uri.TryCreate(named, UriKind.Absolute, out var url) ? url : Reachable(bound);
    }

    // A wildcard address is no address to connect to; HTTP/1.0 needs no Host header.
    private static Uri Reachable(Uri bound) => IsAny(bound) ? new UriBuilder(bound) { Host = ThisMachine }.Uri : bound;

    private static bool IsAny(Uri bound) => bound.Host is "0.0.0.0" or "[::]" or "::";

    private static string Text(Uri url) => url.AbsoluteUri.TrimEnd('/');
}
