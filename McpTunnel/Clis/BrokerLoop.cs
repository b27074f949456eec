using System.Collections.Frozen;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Knows where the broker of this tunnel is. A CLI whose own base URL leads there would answer each call by making the same one, without
/// end.
/// </summary>
internal sealed class BrokerLoop(params IEnumerable<Uri?> known)
{
    private readonly FrozenSet<string> _known = Places(known);
    private volatile FrozenSet<string> _told = FrozenSet<string>.Empty;

    /// <summary>What the broker says of its own addresses, in the place of what it said before.</summary>
    /// <returns>True where that is news.</returns>
    public bool Learn(params IEnumerable<Uri?> told)
    {
        var places = Places(told);
        var isNews = !places.SetEquals(_told);
        _told = places;
        return isNews;
    }

    /// <summary>True where one of these addresses is the broker's, by host and port: loopback has several names.</summary>
    public bool Closes(IEnumerable<string> baseUrls) => baseUrls.Any(IsBroker);

    /// <exception cref="CliFailureException">NO_CLI, with the address that leads back.</exception>
    public void ThrowIfCloses(IEnumerable<string> baseUrls)
    {
        if (baseUrls.FirstOrDefault(IsBroker) is { } url)
        {
            throw new CliFailureException(
                FailureKind.NoCli,
                $"This CLI's own base URL ({PlaceOf(url)}) is the broker's that it would answer: each call would come back without end. "
                + "Point the CLI at its vendor.");
        }
    }

    /// <summary>
    /// True for a base URL that is not the vendor's own: what the CLI sends there bears <see cref="TunnelProtocol.HopHeader"/>, for it may
    /// be a broker all the same, behind some other name.
    /// </summary>
    public static bool IsElsewhere(string? baseUrl, string vendor) =>
        !string.IsNullOrWhiteSpace(baseUrl)
        && !(Uri.TryCreate(baseUrl, UriKind.Absolute, out var url)
            && (url.Host == vendor || url.Host.EndsWith($".{vendor}", StringComparison.OrdinalIgnoreCase)));

    private bool IsBroker(string baseUrl) => PlaceOf(baseUrl) is { } place && (_known.Contains(place) || _told.Contains(place));

    private static FrozenSet<string> Places(IEnumerable<Uri?> urls) =>
        urls.Where(url => url is { IsAbsoluteUri: true }).Select(url => PlaceOf(url!)).ToFrozenSet();

    private static string? PlaceOf(string baseUrl) =>
        Uri.TryCreate(baseUrl.Trim(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? PlaceOf(url) : null;

    private static string PlaceOf(Uri url)
    {
        var isHere = LoopbackHost.Is(url.Host) || url.Host is "0.0.0.0" or "[::]";
        return $"{(isHere ? "localhost" : url.IdnHost.TrimEnd('.').ToLowerInvariant())}:{url.Port}";
    }
}
