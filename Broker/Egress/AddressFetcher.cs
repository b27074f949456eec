using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Polydev.Broker.Conversations;
using Polydev.Broker.Hosting;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Egress;

/// <summary>
/// Gets what lies at one https address, on behalf of a caller who may mean harm: from public addresses alone, without a proxy, cookies or
/// anything of the caller's request, within 10 s and 20 MB.
/// </summary>
internal sealed class AddressFetcher(IEgressNetwork network, BodyMemory memory, TimeProvider time)
{
    /// <summary>From the first look at the address to the last byte, redirects among them.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const int MostRedirects = 5;
    private const int MostHeaderKilobytes = 16;
    private const string Itself = "Send the data itself instead.";

    private static readonly ProductInfoHeaderValue Product = new("polydev-broker", BrokerVersion.Text);

    /// <exception cref="EgressException">It could not be fetched; the message says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ending"/> ended it.</exception>
    /// <exception cref="Errors.ApiException">The broker has no memory for it now.</exception>
    public async Task<Fetched> FetchAsync(Uri address, CancellationToken ending)
    {
        using var over = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, over.Token);

        // One for each fetch: no connection and no name's address that served one caller serves another.
        using var http = new HttpMessageInvoker(CreateHandler(either.Token));
        try
        {
            return await FollowAsync(http, address, either.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whatever the end of the connection broke, its cause is the end.
            ending.ThrowIfCancellationRequested();
            throw over.IsCancellationRequested
                ? new EgressException($"it did not come whole within {Limit.TotalSeconds:0} seconds. {Itself}")
                : ErrorOf(e);
        }
    }

    private static EgressException ErrorOf(Exception e) => e switch
    {
        { InnerException: EgressException own } => own,
        { InnerException: AuthenticationException } => new EgressException(
            $"its host has no certificate for TLS that this broker trusts. {Itself}"),
        _ => new EgressException($"its host gives no whole answer. {Itself}"),
    };

    private SocketsHttpHandler CreateHandler(CancellationToken ending) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = MostHeaderKilobytes,
        MaxResponseDrainSize = 0,
        ConnectCallback = (context, _) => GuardedConnection.OpenAsync(network, context.DnsEndPoint, ending),
        SslOptions = { CertificateChainPolicy = Trust() },
    };

    // A certificate may name an address at which the one of its authority lies: it would be fetched past all that is guarded here.
    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (network.Authorities is { } authorities)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }

    private async Task<Fetched> FollowAsync(HttpMessageInvoker http, Uri address, CancellationToken ending)
    {
        for (var left = MostRedirects; ; left--)
        {
            using var request = RequestOf(address);
            using var response = await http.SendAsync(request, ending);
            if (LocationOf(response) is not { } location)
            {
                return await ReadAsync(response, ending);
            }

            if (left == 0)
            {
                throw new EgressException($"it leads on to another address more than {MostRedirects} times. {Itself}");
            }

            address = Next(address, location);
        }
    }

    private static HttpRequestMessage RequestOf(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.Add(Product);
        request.Headers.TryAddWithoutValidation("Accept", MediaTypes.Accepted);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        return request;
    }

    private static Uri Next(Uri address, Uri location)
    {
        if (!Uri.TryCreate(address, location, out var next))
        {
            throw new EgressException($"it leads on to what is no address. {Itself}");
        }

        return MediaAddress.Problem(next) is { } problem
            ? throw new EgressException($"it leads on to another address, and {problem}.")
            : next;
    }

    private static Uri? LocationOf(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.MovedPermanently
        or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        ? response.Headers.Location
        : null;

    private async Task<Fetched> ReadAsync(HttpResponseMessage response, CancellationToken ending)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var status = (int)response.StatusCode;
            throw new EgressException($"its host answered with status {status}. Check the address, or send the data itself.");
        }

        var (content, headers) = (response.Content, response.Content.Headers);
        if (headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new EgressException($"its host answered with compressed data, which it was not asked for. {Itself}");
        }

        using var block = new BodyBlock(memory, RequestBounds.MediaBytes);
        if (headers.ContentLength > RequestBounds.MediaBytes
            || !await block.FillAsync(await content.ReadAsStreamAsync(ending), (int?)headers.ContentLength, ending))
        {
            throw new EgressException($"the data comes to more than {RequestBounds.MediaBytes / 1_000_000} MB.");
        }

        return block.Bytes.IsEmpty
            ? throw new EgressException("the data is empty.")
            : new Fetched(block.Bytes.ToArray(), headers.ContentType?.MediaType);
    }
}

/// <summary>What lay at an address.</summary>
/// <param name="Type">As its server says; null: it says none.</param>
internal sealed record Fetched(byte[] Data, string? Type);

/// <summary>Something could not be fetched. The message goes on after the name of a field: <c>its host is not known. …</c></summary>
internal sealed class EgressException(string message) : Exception(message);
