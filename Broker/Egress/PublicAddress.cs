using System.Net;
using System.Net.Sockets;

namespace Polydev.Broker.Egress;

/// <summary>
/// Which addresses lie on the public internet. What is not known to is refused: of IPv6 only the range that is given out (2000::/3) passes.
/// Source: IANA's special-purpose address registries of IPv4 and IPv6 (RFC 6890), its multicast and IPv6 address spaces.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork GivenOut = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] Special = Array.ConvertAll<string, IPNetwork>(
        [
            "0.0.0.0/8", // This host, this network.
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // Private.
            "100.64.0.0/10", // Shared with a carrier's NAT; Alibaba's metadata stand there.
            "127.0.0.0/8", // Loopback.
            "168.63.129.16/32", // The host of each machine at Azure: public by its number alone.
            "169.254.0.0/16", // Link-local; the clouds' metadata stand there.
            "192.0.0.0/24", // Protocol assignments; Oracle's metadata stand there.
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // Documentation.
            "192.88.99.0/24", // What was the anycast of 6to4.
            "198.18.0.0/15", // Benchmarks.
            "224.0.0.0/4", // Multicast.
            "240.0.0.0/4", // Reserved, broadcast.
            "2001::/23", // Protocol assignments: Teredo, which holds an IPv4 address, benchmarks, ORCHID.
            "2001:db8::/32", "3fff::/20", // Documentation.
            "2002::/16", // 6to4, which holds an IPv4 address.
        ],
        IPNetwork.Parse);

    /// <summary>An IPv4 address in IPv6's form (::ffff:0:0/96) is judged as what it is; one in any other form is refused.</summary>
    public static bool Is(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || GivenOut.Contains(plain))
            && !Array.Exists(Special, range => range.Contains(plain));
    }
}
