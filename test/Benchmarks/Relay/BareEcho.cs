using Grpc.Net.Client;
using Polydev.Protos.V1;

namespace Polydev.Benchmarks.Relay;

/// <summary>The least that could stand in the tunnel's place: sends each item's text straight back.</summary>
internal static class BareEcho
{
    public static async Task<int> RunAsync(string address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var stream = new TunnelBroker.TunnelBrokerClient(channel).Connect();
        Console.WriteLine("online");
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            var item = stream.ResponseStream.Current.Work;
            await stream.RequestStream.WriteAsync(new ClientFrame { Event = new WorkEvent { WorkId = item.WorkId, Text = new TextDelta { Text = item.Instructions } } });
        }

        return 0;
    }
}
