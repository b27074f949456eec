using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Polydev.Broker.Egress;

namespace Polydev.Broker.Tests.Egress;

/// <summary>A network in which names lead where the test says, and every address to one server, the special ones too.</summary>
internal sealed class FakeNetwork(PictureServer server) : IEgressNetwork
{
    /// <summary>Public, and nobody's in a test.</summary>
    public const string Public = "93.184.215.14";

    /// <summary>The addresses of each name, for each time that it is asked for; the last ones stay.</summary>
    public ConcurrentDictionary<string, string[][]> Names { get; } = new()
    {
        ["a.pictures.example"] = [[Public]],
        ["b.pictures.example"] = [["2606:4700::1"]],
        ["elsewhere.example"] = [[Public]],
        ["private.pictures.example"] = [["10.0.0.1"]],
        ["mixed.pictures.example"] = [[Public, "10.0.0.1"]],
        ["late.pictures.example"] = [[Public], ["127.0.0.1"]],
        ["localhost"] = [["127.0.0.1", "::1"]],
    };

    /// <summary>Those at which nobody answers.</summary>
    public HashSet<string> Silent { get; } = [];

    public ConcurrentQueue<string> Asked { get; } = new();

    public ConcurrentQueue<string> Dialled { get; } = new();

    public X509Certificate2Collection? Authorities { get; set; } = server.Authorities;

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (!Names.TryGetValue(host, out var answers))
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        var time = Asked.Count(asked => asked == host);
        Asked.Enqueue(host);
        return Task.FromResult(Array.ConvertAll(answers[Math.Min(time, answers.Length - 1)], IPAddress.Parse));
    }

    public async Task<Stream> DialAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        Dialled.Enqueue(endpoint.ToString());
        if (Silent.Contains(endpoint.Address.ToString()))
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
