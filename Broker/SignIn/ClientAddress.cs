using System.Net;
using System.Net.Sockets;

namespace Polydev.Broker.SignIn;

/// <summary>Where a request comes from.</summary>
internal sealed class ClientAddress(SignInOptions options)
{
    private const int NetworkBytes = 8;

    /// <summary>
    /// To be shown and stored. Behind a proxy (<c>--public-url</c>) on this machine it is what the proxy says last; what stands before that
    /// anyone could have written.
    /// </summary>
    public string Of(HttpContext context) => Read(context).ToString();

    /// <summary>To be throttled by: of IPv6 a whole network, which is what one subscriber is given.</summary>
    public string NetworkOf(HttpContext context)
    {
        var address = Read(context);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, NetworkBytes))
            : address.ToString();
    }

    private IPAddress Read(HttpContext context)
    {
        // A test server has no connection.
        var direct = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var told = options.IsBehindProxy && IPAddress.IsLoopback(direct)
            && IPAddress.TryParse(context.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim(), out var forwarded)
                ? forwarded
                : direct;
        return told.IsIPv4MappedToIPv6 ? told.MapToIPv4() : told;
    }
}
