using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>The gRPC stream to a broker, on an HTTP/2 connection of its own.</summary>
internal sealed class TunnelStream : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ClientFrame, BrokerFrame> _call;
    private readonly CancellationTokenSource _cut = new();

    private TunnelStream(GrpcChannel channel, string token, TimeProvider time)
    {
        _channel = channel;
        Alarm = new SilenceAlarm(TunnelProtocol.DeadAfter, time, Cut);
        var metadata = new Metadata { { "authorization", $"Bearer {token}" } };
        _call = new TunnelBroker.TunnelBrokerClient(channel).Connect(new CallOptions(metadata, cancellationToken: _cut.Token));
    }

    public IClientStreamWriter<ClientFrame> Requests => _call.RequestStream;

    public IAsyncStreamReader<BrokerFrame> Responses => _call.ResponseStream;

    /// <summary>Cuts the stream when the broker falls silent.</summary>
    public SilenceAlarm Alarm { get; }

    /// <summary>Fires when the stream has been cut from this end.</summary>
    public CancellationToken WhenCut => _cut.Token;

    public static TunnelStream Open(Uri grpc, string token, TimeProvider time)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingDelay = TunnelProtocol.HeartbeatInterval,
            KeepAlivePingTimeout = TunnelProtocol.DeadAfter - TunnelProtocol.HeartbeatInterval,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // HTTP/2 without TLS passes no proxy.
            UseProxy = grpc.Scheme == Uri.UriSchemeHttps && !grpc.IsLoopback,
        };
        var channel = GrpcChannel.ForAddress(grpc, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = TunnelProtocol.MaxMessageBytes,
            MaxSendMessageSize = TunnelProtocol.MaxMessageBytes,
        });
        return new TunnelStream(channel, token, time);
    }

    /// <summary>Ends the stream at once, whatever is under way on it.</summary>
    public void Cut() => _cut.Cancel();

    public async ValueTask DisposeAsync()
    {
        // First, and to its end: an alarm that goes off now must find the stream still there.
        await Alarm.DisposeAsync();
        _call.Dispose();
        _channel.Dispose();
        _cut.Dispose();
    }
}
