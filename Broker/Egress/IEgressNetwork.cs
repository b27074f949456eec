using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Polydev.Broker.Egress;

/// <summary>
/// What fetching needs of the network. Tests stand in for it, by code alone: no option and no configuration leads to another one than
/// <see cref="SystemNetwork"/>.
/// </summary>
internal interface IEgressNetwork
{
    /// <summary>Whose certificates are trusted; null: the system's authorities.</summary>
    X509Certificate2Collection? Authorities { get; }

    /// <exception cref="System.Net.Sockets.SocketException">Nobody knows the name.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    /// <exception cref="System.Net.Sockets.SocketException">Nobody answers there.</exception>
    Task<Stream> DialAsync(IPEndPoint endpoint, CancellationToken cancellationToken);
}
