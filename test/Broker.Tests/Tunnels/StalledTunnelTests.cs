using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>A tunnel that is welcomed and then reads nothing more, over a real socket.</summary>
public sealed class StalledTunnelTests
{
    // More than the frames that the broker once let wait on a connection before it made the callers wait.
    private const int Calls = 70;

    [Test]
    public async Task Calls_ToATunnelThatStoppedReading_TimeOut()
    {
        await using var broker = await RunningBroker.StartAsync(options => options with { Timeout = TimeSpan.FromSeconds(2) });
        using var channel = GrpcChannel.ForAddress(broker.Addresses.Grpc);
        using var stream = new TunnelBroker.TunnelBrokerClient(channel).Connect(
            new Metadata { { "authorization", $"Bearer {broker.Token}" } });
        await stream.RequestStream.WriteAsync(new ClientFrame { Hello = Frames.Hello("tunnel-1", Frames.Cli("codex")) });
        await stream.ResponseStream.MoveNext(CancellationToken.None).DefaultTimeout();

        // The first fills all that lies between the two processes; the others stand behind it.
        var calls = Enumerable.Range(0, Calls).Select(index => AskAsync(broker, new string('x', index == 0 ? 8_000_000 : 10)));

        Assert.That(await Task.WhenAll(calls).DefaultTimeout(), Is.All.EqualTo(HttpStatusCode.GatewayTimeout));
    }

    private static async Task<HttpStatusCode> AskAsync(RunningBroker broker, string text)
    {
        var body = $$"""{"model":"o3","messages":[{"role":"user","content":"{{text}}"}]}""";
        using var response = await broker.PostAsync("chat/completions", body);
        return response.StatusCode;
    }
}
