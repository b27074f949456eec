using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>One stream to a broker, on which the test sends and reads what it likes, bytes that are no frame included.</summary>
internal sealed class RawTunnel : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static readonly Method<byte[], byte[]> Connect =
        new(MethodType.DuplexStreaming, "polydev.v1.TunnelBroker", "Connect", Bytes, Bytes);

    private readonly GrpcChannel? _channel;
    private readonly AsyncDuplexStreamingCall<byte[], byte[]> _call;

    /// <param name="channel">May be shared by many.</param>
    /// <param name="token">Null: none is sent.</param>
    public RawTunnel(GrpcChannel channel, string? token)
    {
        var metadata = token is null ? [] : new Metadata { { "authorization", $"Bearer {token}" } };
        _call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Connect, null, new CallOptions(metadata));
    }

    private RawTunnel(GrpcChannel channel, string? token, bool isOwn)
        : this(channel, token) => _channel = isOwn ? channel : null;

    /// <summary>On a connection of its own.</summary>
    public static RawTunnel Open(RunningBroker broker, string? token) =>
        new(GrpcChannel.ForAddress(broker.Addresses.Grpc), token, isOwn: true);

    /// <summary>On a connection of its own, with the hello said and the broker's first frame read.</summary>
    public static async Task<RawTunnel> WelcomedAsync(RunningBroker broker, Hello? hello = null)
    {
        var tunnel = Open(broker, broker.Token);
        await tunnel.SendAsync(new ClientFrame { Hello = hello ?? Frames.Hello("tunnel-1", Frames.Cli("codex")) });
        Assert.That((await tunnel.ReadAsync())?.Welcome, Is.Not.Null);
        return tunnel;
    }

    public Task SendAsync(ClientFrame frame) => SendAsync(frame.ToByteArray());

    public Task SendAsync(byte[] bytes) => _call.RequestStream.WriteAsync(bytes).DefaultTimeout();

    public Task CompleteAsync() => _call.RequestStream.CompleteAsync().DefaultTimeout();

    /// <summary>The broker's next frame; null at the stream's end, however it came.</summary>
    public Task<BrokerFrame?> ReadAsync() => ReadWheneverAsync().DefaultTimeout();

    /// <summary>As <see cref="ReadAsync()"/>, however long it takes.</summary>
    public async Task<BrokerFrame?> ReadWheneverAsync()
    {
        try
        {
            return await _call.ResponseStream.MoveNext(CancellationToken.None)
                ? BrokerFrame.Parser.ParseFrom(_call.ResponseStream.Current)
                : null;
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <summary>The next frame of that kind; those before it are passed over. Null at the stream's end.</summary>
    public async Task<BrokerFrame?> ReadAsync(BrokerFrame.KindOneofCase kind)
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame is null || frame.KindCase == kind)
            {
                return frame;
            }
        }
    }

    /// <summary>Waits for the stream's end.</summary>
    public async Task EndAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>Cuts the stream, where it has not ended.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _channel?.Dispose();
    }
}
