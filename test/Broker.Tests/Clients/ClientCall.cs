using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ZstdSharp;

namespace Polydev.Broker.Tests.Clients;

/// <summary>
/// A request as a client sends it, and what that client needs of the answer. Data has one file for each client, which names its source:
/// what the client itself has sent, its own code, or what the project knows of it (WIRE.md).
/// </summary>
internal sealed record ClientCall
{
    /// <summary>Stands for the key in headers and paths.</summary>
    private const string Key = "KEY";

    private const string Resources = "Polydev.Clients.";

    private readonly string _client;
    private readonly JsonNode _call;

    private ClientCall(string client, JsonNode call) => (_client, _call) = (client, call);

    public static IEnumerable<ClientCall> All
    {
        get
        {
            var assembly = typeof(ClientCall).Assembly;
            foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resources, StringComparison.Ordinal)))
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var file = JsonNode.Parse(stream)!;
                Assert.That((string?)file["source"], Is.Not.Empty, "Each says where it is from.");
                foreach (var call in file["calls"]!.AsArray())
                {
                    yield return new ClientCall((string)file["client"]!, call!);
                }
            }
        }
    }

    /// <summary>Names of <see cref="ClientNeeds"/>.</summary>
    public IEnumerable<string> Needs => _call["needs"]!.AsArray().Select(need => (string)need!);

    /// <summary>What reaches the tunnel of it; null: nothing does.</summary>
    public JsonNode? Heard => _call["heard"];

    /// <param name="key">In the place that the client puts it.</param>
    public HttpRequestMessage ToRequest(Uri broker, string key)
    {
        var path = ((string)_call["path"]!).Replace(Key, key, StringComparison.Ordinal);
        var request = new HttpRequestMessage(new HttpMethod((string)_call["method"]!), new Uri(broker, path));
        var headers = _call["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);
        if (_call["body"] is { } body)
        {
            var encoding = headers.GetValueOrDefault("content-encoding");
            request.Content = new ByteArrayContent(Encode(JsonSerializer.SerializeToUtf8Bytes(body), encoding));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(headers["content-type"]);
            if (encoding is not null)
            {
                request.Content.Headers.ContentEncoding.Add(encoding);
            }
        }

        foreach (var (name, value) in headers.Where(header => !header.Key.StartsWith("content-", StringComparison.Ordinal)))
        {
            request.Headers.TryAddWithoutValidation(name, value.Replace(Key, key, StringComparison.Ordinal));
        }

        return request;
    }

    public override string ToString() => $"{_client}: {(string)_call["name"]!}";

    private static byte[] Encode(byte[] body, string? encoding)
    {
        if (encoding is null)
        {
            return body;
        }

        Assert.That(encoding, Is.EqualTo("zstd"), Encoding.UTF8.GetString(body));
        using var compressor = new Compressor();
        return compressor.Wrap(body).ToArray();
    }
}
