using System.Net;

namespace Polydev.Shared.Tunnel;

/// <summary>The names under which a machine reaches itself, and no other machine can be reached.</summary>
public static class LoopbackHost
{
    /// <summary>True for <c>localhost</c>, 127.0.0.0/8 and <c>[::1]</c>, with or without brackets.</summary>
    public static bool Is(string host) =>
        host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>One host by both names: the same text, or this machine both times.</summary>
    public static bool AreSame(string one, string other) =>
        one.Equals(other, StringComparison.OrdinalIgnoreCase) || (Is(one) && Is(other));

    /// <summary>True where nothing but TLS keeps others from reading along.</summary>
    public static bool IsCleartextBeyond(Uri url) => url.Scheme == Uri.UriSchemeHttp && !Is(url.Host);
}
