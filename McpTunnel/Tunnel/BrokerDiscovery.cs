using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Finds a broker's gRPC address from its one public address.</summary>
internal static class BrokerDiscovery
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <exception cref="ConnectionEndedException">No answer within 10 s, or not a broker's.</exception>
    public static async Task<BrokerAddress> FindAsync(Uri broker, CancellationToken cancellationToken)
    {
        var url = new Uri($"{broker.AbsoluteUri.TrimEnd('/')}/.well-known/polydev");
        var address = await AskAsync(url, cancellationToken);
        if (address?.Grpc is not { IsAbsoluteUri: true, Scheme: "http" or "https" } grpc)
        {
            throw Unreachable($"{url} does not say where the broker's tunnel service is.");
        }

        // The token must not leave TLS because a document says so.
        if (broker.Scheme == Uri.UriSchemeHttps && grpc.Scheme != Uri.UriSchemeHttps)
        {
            throw Unreachable(
                $"{broker} names a tunnel service without TLS. Start the broker with a certificate, or with --public-url.");
        }

        return address;
    }

    private static async Task<BrokerAddress?> AskAsync(Uri url, CancellationToken cancellationToken)
    {
        // A new one each time: no pooled connection is to outlive a broker's move. And a proxy does not lead back to this machine.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = !url.IsLoopback }) { Timeout = Limit };
        try
        {
            return await http.GetFromJsonAsync(url, BrokerAddressJson.Default.BrokerAddress, cancellationToken);
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status)
        {
            throw Unreachable($"{url} answered {(int)status}. Is {TunnelSettings.UrlVariable} a Polydev broker's address?", e);
        }
        catch (HttpRequestException e)
        {
            var where = url.GetLeftPart(UriPartial.Authority);
            throw Unreachable($"No broker answers at {where} ({e.HttpRequestError}). Start it, or set {TunnelSettings.UrlVariable}.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"{url.GetLeftPart(UriPartial.Authority)} did not answer within {Limit.TotalSeconds:0} s.", e);
        }
        catch (JsonException e)
        {
            throw Unreachable($"{url} did not answer as a Polydev broker does.", e);
        }
    }

    private static ConnectionEndedException Unreachable(string message, Exception? inner = null) => new(ConnectionEnd.Lost(message), inner);
}

/// <summary>What a broker says of itself at <c>/.well-known/polydev</c>.</summary>
/// <param name="Grpc">Where its tunnel service listens.</param>
/// <param name="Version">The broker's own.</param>
/// <param name="Protocol">What it speaks, to be compared with <see cref="Polydev.Shared.Tunnel.TunnelProtocol.Version"/>.</param>
internal sealed record BrokerAddress(Uri Grpc, string? Version, int Protocol);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BrokerAddress))]
internal sealed partial class BrokerAddressJson : JsonSerializerContext;
