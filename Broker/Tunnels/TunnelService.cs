using System.Data.Common;
using Google.Protobuf;
using Grpc.Core;
using Polydev.Broker.Machines;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tunnels;

/// <summary>The gRPC end of the tunnel: lets a tunnel in, and keeps its session until either side goes.</summary>
internal sealed class TunnelService(
    TunnelGate gate, TunnelRegistry registry, SessionRules rules, ConnectionKeeper connections, TimeProvider time,
    ILogger<TunnelService> logger)
    : TunnelBroker.TunnelBrokerBase
{
    public override async Task Connect(
        IAsyncStreamReader<ClientFrame> requestStream, IServerStreamWriter<BrokerFrame> responseStream, ServerCallContext context)
    {
        // 1. The tunnel says who it is, and is let in or refused.
        var admission = await gate.AdmitAsync(requestStream, context);
        if (admission.Credential is not { } credential)
        {
            await RefuseAsync(responseStream, admission);
            return;
        }

        // 2. Its session takes the place of an older one of the same tunnel, or stands beside one that drains.
        using var revocation = gate.Watch(credential);
        var session = new TunnelSession(registry.Account(credential.AccountId), admission.Hello!, time) { TokenId = credential.Id };
        if (!registry.TryAdd(session))
        {
            await RefuseAsync(responseStream, TunnelAdmission.TooMany(registry.Options.MaxSessions));
            return;
        }

        TunnelLog.Online(logger, session.TunnelId, session.MachineName, session.Id, credential.AccountId);
        var noted = connections.BeginAsync(session.Id, credential);

        // 3. Three loops until the first of them ends.
        var reason = await RunAsync(session, requestStream, responseStream, revocation.Revoked, context.CancellationToken);
        TunnelLog.Offline(logger, session.Id, reason);
        await noted;
        await connections.EndAsync(session.Id, credential, EndingOf(session, revocation.Revoked.IsCancellationRequested));
    }

    /// <summary>How a broken connection shows itself, by which of its reads and writes met it first; and what cannot be parsed.</summary>
    public static bool IsOfAnEndedStream(Exception e) =>
        e is OperationCanceledException or IOException or RpcException or InvalidOperationException;

    private ConnectionEnding EndingOf(TunnelSession session, bool isRevoked) => isRevoked ? ConnectionEnding.Revoked
        : session.HasStopped ? ConnectionEnding.Goodbye
        : session.IsDraining || registry.IsClosing ? ConnectionEnding.BrokerStopped
        : ConnectionEnding.Lost;

    private async Task RefuseAsync(IServerStreamWriter<BrokerFrame> responseStream, TunnelAdmission admission)
    {
        if (admission != TunnelAdmission.Knock)
        {
            TunnelLog.Refused(logger, admission.Refused!.Message);
        }

        try
        {
            await responseStream.WriteAsync(new BrokerFrame { Refused = admission.Refused });
        }
        catch (Exception e) when (IsOfAnEndedStream(e))
        {
            // It has not waited for the answer.
        }
    }

    private static BrokerFrame Welcome(TunnelSession session, UsageRules? rules) => new()
    {
        Welcome = new Welcome
        {
            SessionId = session.Id,
            Features = { TunnelProtocol.Features },
            Rules = rules,
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

        // The watch comes first: its clock runs from before the welcome.
        var watching = HeartbeatAsync(session, ending.Token);
        var reading = ReadAsync(session, reader, ending.Token);
        var writing = WriteAsync(session, writer, ending.Token);
        var first = await Task.WhenAny(reading, writing, watching);

        // Closed first: work that is given to it from here on fails at once, and what it has been given is failed by the removal.
        session.Close();
        registry.Remove(session);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(reading, writing, watching);
        }
        catch (Exception e) when (IsOfAnEndedStream(e))
        {
            // The session is over either way.
        }

        return (first == watching, revoked.IsCancellationRequested) switch
        {
            (_, true) => "its token was revoked",
            (true, _) when !aborted.IsCancellationRequested && session.Silence > TunnelProtocol.DeadAfter => "it fell silent",
            (true, _) when !aborted.IsCancellationRequested => "it stopped reading",
            _ when reading.Exception?.InnerException is InvalidProtocolBufferException or RpcException => "it sent what cannot be read",
            _ => "the connection was closed",
        };
    }

    private static async Task ReadAsync(TunnelSession session, IAsyncStreamReader<ClientFrame> reader, CancellationToken cancellationToken)
    {
        while (await reader.MoveNext(cancellationToken))
        {
            session.Receive(reader.Current);
            Forget(reader.Current);
        }
    }

    // Tunnels that send large frames one after another took 1 GB: the collector sees no need for as long as the machine has more.
    private static void Forget(ClientFrame frame)
    {
        if (frame.Event is { } single)
        {
            LargeGarbage.AddSaid(single.Characters());
        }
        else if (frame.Events is { } batch)
        {
            // Many small ones are no large objects.
            foreach (var next in batch.Events)
            {
                LargeGarbage.AddSaid(next.Characters());
            }
        }
        else
        {
            LargeGarbage.AddSaid(frame.CalculateSize());
        }
    }

    private async Task WriteAsync(TunnelSession session, IServerStreamWriter<BrokerFrame> writer, CancellationToken cancellationToken)
    {
        UsageRules? told;
        try
        {
            told = await rules.ReadAsync(session, cancellationToken);
        }
        catch (DbException e)
        {
            // Without them calls might be paid for, or a reserve be used up: the tunnel is not served, and comes again.
            TunnelLog.RulesUnread(logger, e, session.Id);
            return;
        }

        await new SessionWriter(session, writer).RunAsync(Welcome(session, told), cancellationToken);
    }

    private async Task HeartbeatAsync(TunnelSession session, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        var lastPing = time.GetTimestamp();
        for (var nonce = 1UL; IsAlive(session);)
        {
            if (time.GetElapsedTime(lastPing) >= TunnelProtocol.HeartbeatInterval)
            {
                session.Ping(nonce++);
                lastPing = time.GetTimestamp();
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private bool IsAlive(TunnelSession session) =>
        session.Silence <= TunnelProtocol.DeadAfter && session.Stuck <= registry.Options.StuckAfter;
}
