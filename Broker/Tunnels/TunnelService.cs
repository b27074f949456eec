using Grpc.Core;
using Microsoft.Extensions.Options;
using Polydev.Broker.Keys;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Tunnels;

/// <summary>The gRPC end of the tunnel: lets a tunnel in, and keeps its session until either side goes.</summary>
internal sealed class TunnelService(
    TunnelGate gate, TunnelRegistry registry, IOptions<TunnelOptions> options, TimeProvider time, ILogger<TunnelService> logger)
    : TunnelBroker.TunnelBrokerBase
{
    public override async Task Connect(
        IAsyncStreamReader<ClientFrame> requestStream, IServerStreamWriter<BrokerFrame> responseStream, ServerCallContext context)
    {
        // 1. The tunnel says who it is, and is let in or refused.
        var admission = await gate.AdmitAsync(requestStream, context);
        if (admission.Credential is null)
        {
            TunnelLog.Refused(logger, admission.Refused!.Message);
            await responseStream.WriteAsync(new BrokerFrame { Refused = admission.Refused });
            return;
        }

        // 2. Its session takes the place of an older one of the same tunnel, or stands beside one that drains.
        using var revocation = gate.Watch(admission.Credential);
        var session = new TunnelSession(registry.Account(admission.Credential.AccountId), admission.Hello!, time);
        await responseStream.WriteAsync(Welcome(session));
        registry.Add(session);
        TunnelLog.Online(logger, session.TunnelId, session.MachineName, session.Id, admission.Credential.AccountId);

        // 3. Three loops until the first of them ends.
        var reason = await RunAsync(session, requestStream, responseStream, revocation.Revoked, context.CancellationToken);
        TunnelLog.Offline(logger, session.Id, reason);
    }

    private static BrokerFrame Welcome(TunnelSession session) => new()
    {
        Welcome = new Welcome
        {
            SessionId = session.Id,
            Features = { TunnelProtocol.Features },
            Limits = new TunnelLimits
            {
                HeartbeatSeconds = (uint)TunnelProtocol.HeartbeatInterval.TotalSeconds,
                DeadAfterSeconds = (uint)TunnelProtocol.DeadAfter.TotalSeconds,
                MaxMessageBytes = TunnelProtocol.MaxMessageBytes,
            },
        },
    };

    private async Task<string> RunAsync(
        TunnelSession session,
        IAsyncStreamReader<ClientFrame> reader,
        IServerStreamWriter<BrokerFrame> writer,
        CancellationToken revoked,
        CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(revoked, aborted);
        var reading = ReadAsync(session, reader, ending.Token);
        var writing = WriteAsync(session, writer, ending.Token);
        var watching = HeartbeatAsync(session, ending.Token);
        var first = await Task.WhenAny(reading, writing, watching);

        // Closed first: work that is given to it from here on fails at once, and what it has been given is failed by the removal.
        session.Close();
        registry.Remove(session);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(reading, writing, watching);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or RpcException or InvalidOperationException)
        {
            // How a broken connection shows itself, by which of the loops met it first; the session is over either way.
        }

        return (first == watching, revoked.IsCancellationRequested) switch
        {
            (_, true) => "its token was revoked",
            (true, _) when !aborted.IsCancellationRequested && session.Silence > TunnelProtocol.DeadAfter => "it fell silent",
            (true, _) when !aborted.IsCancellationRequested => "it stopped reading",
            _ => "the connection was closed",
        };
    }

    private static async Task ReadAsync(TunnelSession session, IAsyncStreamReader<ClientFrame> reader, CancellationToken cancellationToken)
    {
        while (await reader.MoveNext(cancellationToken))
        {
            session.Receive(reader.Current);
        }
    }

    private static async Task WriteAsync(
        TunnelSession session, IServerStreamWriter<BrokerFrame> writer, CancellationToken cancellationToken)
    {
        await foreach (var next in session.Sending.ReadAllAsync(cancellationToken))
        {
            if (next.Frame is { } frame)
            {
                await WriteAsync(session, writer, frame, cancellationToken);
                continue;
            }

            foreach (var part in WorkItemChunks.Frames(next.Item!))
            {
                if (next.Work!.HasEnded)
                {
                    // Its caller has gone, or its time is up. The Cancel behind it makes the tunnel forget what it has of it.
                    break;
                }

                await WriteAsync(session, writer, part, cancellationToken);
                if (part.KindCase == BrokerFrame.KindOneofCase.Chunk)
                {
                    // Far more than HTTP/2 buffers, so the peer has taken most of it. Behind 32 of them a ping may wait longer than a
                    // silence may last.
                    session.Hear();
                    next.Work.Touch();
                }
            }
        }
    }

    private static async Task WriteAsync(
        TunnelSession session, IServerStreamWriter<BrokerFrame> writer, BrokerFrame frame, CancellationToken cancellationToken)
    {
        session.BeginWrite();
        await writer.WriteAsync(frame, cancellationToken);
        session.EndWrite();
    }

    private async Task HeartbeatAsync(TunnelSession session, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        var sinceLastPing = TimeSpan.Zero;
        for (var nonce = 1UL; IsAlive(session); sinceLastPing += timer.Period)
        {
            if (sinceLastPing >= TunnelProtocol.HeartbeatInterval)
            {
                session.Ping(nonce++);
                sinceLastPing = TimeSpan.Zero;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private bool IsAlive(TunnelSession session) =>
        session.Silence <= TunnelProtocol.DeadAfter && session.Stuck <= options.Value.StuckAfter;
}
