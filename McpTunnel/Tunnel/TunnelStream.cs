using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>The gRPC stream to a broker. Its end, whatever brought it about, is one <see cref="ConnectionEndedException"/>.</summary>
internal sealed class TunnelStream : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<ClientFrame, BrokerFrame> _call;
    private readonly IDisposable _channel;
    private readonly CancellationTokenSource _cut;
    private readonly SilenceAlarm _alarm;

    /// <param name="cut">Ends the call.</param>
    public TunnelStream(
        AsyncDuplexStreamingCall<ClientFrame, BrokerFrame> call, CancellationTokenSource cut, IDisposable channel, TimeProvider time)
    {
        _call = call;
        _cut = cut;
        _channel = channel;
        _alarm = new SilenceAlarm(TunnelProtocol.DeadAfter, time, Cut);
    }

    public IClientStreamWriter<ClientFrame> Requests => _call.RequestStream;

    /// <summary>A stream on an HTTP/2 connection of its own.</summary>
    public static TunnelStream Open(Uri grpc, string token, BrokerTrust trust, TimeProvider time)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingDelay = TunnelProtocol.HeartbeatInterval,
            KeepAlivePingTimeout = TunnelProtocol.DeadAfter - TunnelProtocol.HeartbeatInterval,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // HTTP/2 without TLS passes no proxy.
            SslOptions = trust.Options(),
            UseProxy = grpc.Scheme == Uri.UriSchemeHttps && !grpc.IsLoopback,
        };
        var channel = GrpcChannel.ForAddress(grpc, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = TunnelProtocol.MaxMessageBytes,
            MaxSendMessageSize = TunnelProtocol.MaxMessageBytes,
        });
        var cut = new CancellationTokenSource();
        var metadata = new Metadata { { "authorization", $"Bearer {token}" } };
        var call = new TunnelBroker.TunnelBrokerClient(channel).Connect(new CallOptions(metadata, cancellationToken: cut.Token));
        return new TunnelStream(call, cut, channel, time);
    }

    /// <summary>
    /// Asks whether a broker would let this token in, without becoming a tunnel: it judges the token first, and no hello comes then.
    /// </summary>
    /// <returns>
    /// Refused: the token is good. RefusedForGood: it is not. Lost: no broker's tunnel service answers there, within 15 s.
    /// </returns>
    public static async Task<ConnectionEnd> KnockAsync(Uri grpc, string token, BrokerTrust trust, TimeProvider time)
    {
        await using var stream = Open(grpc, token, trust, time);
        try
        {
            await stream.Requests.CompleteAsync();
        }
        catch (Exception e) when (IsOver(e))
        {
            // The answer, which says why, is read below.
        }

        try
        {
            var first = await stream.ReadAsync();
            return ConnectionEnd.Lost($"The broker began with {first.KindCase} where nothing was said.");
        }
        catch (ConnectionEndedException e)
        {
            return e.End;
        }
    }

    /// <summary>Says hello; the broker's welcome.</summary>
    /// <exception cref="ConnectionEndedException">Refused, or no answer.</exception>
    public async Task<Welcome> GreetAsync(Hello hello)
    {
        try
        {
            await Requests.WriteAsync(new ClientFrame { Hello = hello });
        }
        catch (Exception e) when (IsOver(e))
        {
            // The broker's answer, which says why, is read below.
        }

        var first = await ReadAsync();
        if (first.Welcome is not { } welcome)
        {
            throw new ConnectionEndedException(ConnectionEnd.Lost($"The broker began with {first.KindCase} where a welcome is due."));
        }

        if (welcome.Limits is { DeadAfterSeconds: > 0 } limits)
        {
            _alarm.Limit = TimeSpan.FromSeconds(limits.DeadAfterSeconds);
            _alarm.Heard();
        }

        return welcome;
    }

    /// <summary>The broker's next frame.</summary>
    /// <exception cref="ConnectionEndedException">There is none: refused, closed, cut, or silent for too long.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<BrokerFrame> ReadAsync()
    {
        try
        {
            if (!await _call.ResponseStream.MoveNext(CancellationToken.None))
            {
                throw new ConnectionEndedException(ConnectionEnd.Lost("The broker closed the connection."));
            }
        }
        catch (RpcException e)
        {
            throw new ConnectionEndedException(EndOf(e.StatusCode, e.Status.Detail), e);
        }
        catch (Exception e) when (IsOver(e))
        {
            throw new ConnectionEndedException(EndOf(StatusCode.Cancelled, string.Empty), e);
        }

        _alarm.Heard();
        var frame = _call.ResponseStream.Current;
        return frame.Refused is { } refused ? throw new ConnectionEndedException(EndOf(refused)) : frame;
    }

    /// <summary>Ends the stream at once, whatever is under way on it.</summary>
    public void Cut() => _cut.Cancel();

    public async ValueTask DisposeAsync()
    {
        // First, and to its end: an alarm that goes off now must find the stream still there.
        await _alarm.DisposeAsync();
        _call.Dispose();
        _channel.Dispose();
        _cut.Dispose();
    }

    /// <summary>
    /// What a read or a write throws when the call is over; InvalidOperationException: it has completed under the write; IOException: the
    /// peer has reset the stream under it.
    /// </summary>
    public static bool IsOver(Exception e) =>
        e is RpcException or OperationCanceledException or InvalidOperationException or IOException;

    private static ConnectionEnd EndOf(Refused refused) => new()
    {
        Kind = refused.Permanent ? ConnectionEndKind.RefusedForGood : ConnectionEndKind.Refused,
        Message = refused.Message.Length > 0 ? refused.Message : $"The broker refused the tunnel ({refused.Reason}).",
        RetryAfter = TimeSpan.FromMilliseconds(refused.RetryAfterMs),
    };

    // A broker of ours refuses in a frame. A status is a proxy's or a gateway's word (gRPC makes one of an HTTP 401, 403, 407 or 502), and
    // that may be another one in a minute: it never ends the tunnel.
    private ConnectionEnd EndOf(StatusCode code, string detail) => ConnectionEnd.Lost(code switch
    {
        _ when _alarm.HasRung => $"The broker was silent for {_alarm.Limit.TotalSeconds:0} s.",
        StatusCode.Unauthenticated or StatusCode.PermissionDenied =>
            $"Something between here and the broker lets no tunnel through ({code}). {detail}".TrimEnd(),
        _ => $"The connection broke off ({code}). {detail}".TrimEnd(),
    });
}
