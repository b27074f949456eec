using System.Net;
using System.Net.Sockets;

namespace Polydev.Broker.Egress;

/// <summary>
/// Connects to hosts of the public internet and to no other. A host is asked for its addresses once, and the very address that was looked
/// at is dialled: no second answer of its name servers can lead elsewhere.
/// </summary>
internal static class GuardedConnection
{
    /// <param name="ending">Ends the connection too, whatever it is doing.</param>
    /// <exception cref="EgressException">One of the host's addresses is not public, or none can be reached.</exception>
    public static async ValueTask<Stream> OpenAsync(IEgressNetwork network, DnsEndPoint target, CancellationToken ending)
    {
        var addresses = await ResolveAsync(network, target.Host, ending);

        // One that is not public among others that are is no accident.
        if (!Array.TrueForAll(addresses, PublicAddress.Is))
        {
            throw new EgressException("its host is not a public address. Only hosts of the public internet are fetched from.");
        }

        var stream = await DialAsync(network, addresses, target.Port, ending);

        // SocketsHttpHandler goes on with a handshake for whoever may ask next, seconds after the one who asked has left.
        ending.UnsafeRegister(static stream => ((Stream)stream!).Dispose(), stream);
        return stream;
    }

    private static async Task<IPAddress[]> ResolveAsync(IEgressNetwork network, string host, CancellationToken ending)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        try
        {
            return await network.ResolveAsync(host, ending) is { Length: > 0 } addresses ? addresses : throw NotKnown();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // ArgumentException: no name that could be asked for.
            throw NotKnown();
        }
    }

    private static async Task<Stream> DialAsync(IEgressNetwork network, IPAddress[] addresses, int port, CancellationToken ending)
    {
        foreach (var address in addresses)
        {
            try
            {
                return await network.DialAsync(new IPEndPoint(address, port), ending);
            }
            catch (SocketException)
            {
                // A host has several addresses for this: the next one may answer.
            }
        }

        throw new EgressException("its host cannot be reached. Check the address, or send the data itself.");
    }

    private static EgressException NotKnown() => new("its host is not known. Check the address, or send the data itself.");
}
