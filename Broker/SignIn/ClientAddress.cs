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

    /// <summary>Two browsers of one address are in one place: false where a proxy's own may stand for all of its clients.</summary>
    public bool IsSure(HttpContext context) => !options.IsBehindProxy || Told(context) is not null;

    private IPAddress Read(HttpContext context)
    {
        // A test server has no connection.
        var address = Told(context) ?? context.Connection.RemoteIpAddress ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private IPAddress? Told(HttpContext context) =>
        options.IsBehindProxy && context.Connection.RemoteIpAddress is { } direct && IPAddress.IsLoopback(direct)
        && IPAddress.TryParse(context.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim(), out var forwarded)
            ? forwarded
            : null;
}
