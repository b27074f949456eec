using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// Finds a broker's gRPC address from its one public address. What the broker says of itself cannot send the token elsewhere.
/// </summary>
internal static class BrokerDiscovery
{
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <exception cref="ConnectionEndedException">No answer within 10 s, not a broker's, or one that leads away from it.</exception>
    public static async Task<BrokerAddress> FindAsync(TunnelSettings settings, CancellationToken cancellationToken) =>
        Choose(settings, await AskAsync(settings, cancellationToken));

    /// <summary>The tunnel service that a token may go to.</summary>
    /// <param name="address">What the broker says of itself.</param>
    /// <exception cref="ConnectionEndedException">It names none, or one that leads away from it.</exception>
    public static BrokerAddress Choose(TunnelSettings settings, BrokerAddress? address)
    {
        if (settings.Grpc is { } pinned)
        {
            return (address ?? new BrokerAddress(pinned, null, null, 0)) with { Grpc = pinned };
        }

        if (address?.Grpc is not { IsAbsoluteUri: true, Scheme: "http" or "https" } grpc)
        {
            throw Unreachable($"{UrlOf(settings)} does not say where the broker's tunnel service is.");
        }

        ThrowIfElsewhere(settings, grpc);
        return address;
    }

    /// <summary>What it says of itself, whatever that is worth; null where it says nothing.</summary>
    /// <exception cref="ConnectionEndedException">As of <see cref="FindAsync"/>.</exception>
    /// <param name="sight">Is told what else is to be seen of it, also where it is not trusted.</param>
    public static Task<BrokerAddress?> AskAsync(
        TunnelSettings settings, CancellationToken cancellationToken, BrokerSight? sight = null) =>
        AskAsync(UrlOf(settings), settings.Trust, sight, cancellationToken);

    private static Uri UrlOf(TunnelSettings settings) => new($"{settings.Broker.AbsoluteUri.TrimEnd('/')}/.well-known/polydev");

    private static void ThrowIfElsewhere(TunnelSettings settings, Uri grpc)
    {
        // The token must not leave TLS because a document says so.
        if (settings.Broker.Scheme == Uri.UriSchemeHttps && grpc.Scheme != Uri.UriSchemeHttps)
        {
            throw Unreachable(
                $"{settings.Broker} names a tunnel service without TLS. Start the broker with a certificate, or with --public-url.");
        }

        if (!LoopbackHost.AreSame(settings.Broker.IdnHost, grpc.IdnHost))
        {
            throw Unreachable(
                $"{settings.Broker} names a tunnel service on another host ({grpc.IdnHost}), and the token does not go there. If that is "
                + $"right, set {TunnelSettings.GrpcVariable} to its address; else start the broker with --public-url.");
        }

        if (settings.Exposes(grpc))
        {
            throw Unreachable(
                $"{settings.Broker} names a tunnel service without TLS at {grpc}. Start the broker with a certificate, or set "
                + $"{TunnelSettings.InsecureVariable}=1 where the network is safe.");
        }
    }

    private static async Task<BrokerAddress?> AskAsync(
        Uri url, BrokerTrust trust, BrokerSight? sight, CancellationToken cancellationToken)
    {
        // A new one each time: no pooled connection is to outlive a broker's move. And a proxy does not lead back to this machine.
        var handler = new SocketsHttpHandler { UseProxy = !url.IsLoopback, SslOptions = trust.Options() };
        sight?.Watch(handler.SslOptions);
        using var http = new HttpClient(handler) { Timeout = Limit, MaxResponseContentBufferSize = MostBytes };
        var where = url.GetLeftPart(UriPartial.Authority);
        try
        {
            using var response = await http.GetAsync(url, cancellationToken);
            sight?.Saw(response);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync(BrokerAddressJson.Default.BrokerAddress, cancellationToken);
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status)
        {
            throw Unreachable($"{url} answered {(int)status}. Is {TunnelSettings.UrlVariable} a Polydev broker's address?", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw Unreachable(
                $"{where} could not be trusted: {e.InnerException?.Message ?? e.Message} Where its certificate is of an authority of your "
                    + $"own, set {BrokerTrust.FileVariable} to that authority's certificate (PEM).",
                e);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable($"No broker answers at {where} ({e.HttpRequestError}). Start it, or set {TunnelSettings.UrlVariable}.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"{where} did not answer within {Limit.TotalSeconds:0} s.", e);
        }
        catch (JsonException e)
        {
            throw Unreachable($"{url} did not answer as a Polydev broker does.", e);
        }
    }

    private static ConnectionEndedException Unreachable(string message, Exception? inner = null) => new(ConnectionEnd.Lost(message), inner);
}

/// <summary>What is to be seen of a broker beside what it says: its clock, and the certificate that it shows.</summary>
internal sealed class BrokerSight(TimeProvider time)
{
    /// <summary>How far its clock is ahead of ours, to about a second; null where it has told no time.</summary>
    public TimeSpan? Ahead { get; private set; }

    /// <summary>Null where it has shown none.</summary>
    public SeenCertificate? Certificate { get; private set; }

    public void Saw(HttpResponseMessage response) =>
        Ahead = response.Headers.Date + (response.Headers.Age ?? TimeSpan.Zero) - time.GetUtcNow();

    /// <summary>Looks on, and leaves the verdict to the rules that are set.</summary>
    public void Watch(SslClientAuthenticationOptions options) =>
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            if (certificate is X509Certificate2 shown)
            {
                var flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
                Certificate = new SeenCertificate(shown.NotBefore, shown.NotAfter, shown.Subject, shown.Issuer, errors, flags);
            }

            return errors == SslPolicyErrors.None;
        };
}

/// <summary>A broker's certificate, and what the rules hold against it.</summary>
internal sealed record SeenCertificate(
    DateTimeOffset From, DateTimeOffset Until, string Subject, string Issuer, SslPolicyErrors Errors, X509ChainStatusFlags Chain);

/// <summary>What a broker says of itself at <c>/.well-known/polydev</c>.</summary>
/// <param name="Grpc">Where its tunnel service listens.</param>
/// <param name="Api">The base URL of its API; null from a broker that does not say it yet.</param>
/// <param name="Version">The broker's own.</param>
/// <param name="Protocol">What it speaks, to be compared with <see cref="Polydev.Shared.Tunnel.TunnelProtocol.Version"/>.</param>
internal sealed record BrokerAddress(Uri Grpc, Uri? Api, string? Version, int Protocol)
{
    /// <summary>Where a machine asks to be logged in; null from a broker that knows no such way.</summary>
    [JsonPropertyName("device_authorization_endpoint")]
    public Uri? DeviceCode { get; init; }

    [JsonPropertyName("token_endpoint")]
    public Uri? TokenGiver { get; init; }

    [JsonPropertyName("revocation_endpoint")]
    public Uri? Revocation { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BrokerAddress))]
internal sealed partial class BrokerAddressJson : JsonSerializerContext;
