using Grpc.Core;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// One connection to a broker, from hello to close. The read loop only hands on: work runs in tasks of its own, and all that is
/// sent goes through the one writer.
/// </summary>
/// <param name="stop">This process is going: running items are told as lost, then the connection says goodbye.</param>
internal sealed class TunnelConnection(
    TunnelStream stream, CatalogFrames catalogFrames, WorkRunner runner, TimeProvider time, ILogger logger, CancellationToken stop)
{
    /// <summary>A connection that has lived this long is no flicker: the backoff starts over.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(20);

    // How long the last words may take at the end of this process.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly FrameWriter _writer = new(stream.Requests);
    private readonly TaskCompletionSource<ConnectionEnd> _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InFlightWork? _work;
    private Task<ConnectionEnd>? _reading;
    private Task _writing = Task.CompletedTask;
    private Task _catalogs = Task.CompletedTask;
    private DateTimeOffset? _welcomed;

    public bool ProvedStable => _welcomed is { } since && time.GetUtcNow() - since >= StableAfter;

    /// <summary>Says hello and serves until no new work can come this way. After that, <see cref="CloseAsync"/> is owed.</summary>
    /// <param name="welcomed">Called with the session's id once the broker has taken the tunnel.</param>
    public async Task<ConnectionEnd> RunAsync(Hello hello, Action<string> welcomed)
    {
        _work = new InFlightWork(runner, _writer, logger, stop);
        _writer.TryWrite(new ClientFrame { Hello = hello });
        _writing = _writer.RunAsync(stream.WhenCut);
        _reading = ReadAsync(welcomed, _work);
        _catalogs = catalogFrames.RunAsync(_writer, logger, stream.WhenCut);
        try
        {
            var first = await Task.WhenAny(_reading, _draining.Task).WaitAsync(stop);
            return await first;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new ConnectionEnd { Kind = ConnectionEndKind.Stopped };
        }
    }

    /// <summary>Ends it in the way that fits: a draining one first finishes its work, a stopped one first tells its items' end.</summary>
    public async Task CloseAsync(ConnectionEnd end)
    {
        if (_work is { } work && _reading is { } reading)
        {
            await LastWordsAsync(end.Kind, work, reading);
            stream.Cut();
            work.CancelAll();
            await Task.WhenAll(_writing, _catalogs, reading, work.WhenEmptyAsync());
        }

        catalogFrames.Dispose();
        await stream.DisposeAsync();
    }

    private async Task LastWordsAsync(ConnectionEndKind kind, InFlightWork work, Task reading)
    {
        var isDraining = kind == ConnectionEndKind.Drained;
        if (!isDraining && kind != ConnectionEndKind.Stopped)
        {
            return;
        }

        using var grace = new CancellationTokenSource(isDraining ? Timeout.InfiniteTimeSpan : StopGrace, time);
        using var stopped = stop.Register(() => grace.CancelAfter(StopGrace));
        try
        {
            await Task.WhenAny(work.WhenEmptyAsync(), reading).WaitAsync(grace.Token);
            _writer.TryWrite(new ClientFrame { Goodbye = new Goodbye { Reason = isDraining ? "drained" : "stopped" } });
            _writer.Complete();
            grace.CancelAfter(StopGrace);
            // A cut would overtake what is still on its way: the broker closes the stream once it has read it all.
            await reading.WaitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            // The grace is over; the broker will notice the cut.
        }
    }

    private async Task<ConnectionEnd> ReadAsync(Action<string> welcomed, InFlightWork work)
    {
        try
        {
            while (await stream.Responses.MoveNext(stream.WhenCut))
            {
                stream.Alarm.Heard();
                var frame = stream.Responses.Current;
                if (frame.Refused is { } refused)
                {
                    return RefusedEnd(refused);
                }

                Take(frame, welcomed, work);
            }

            return new ConnectionEnd { Kind = ConnectionEndKind.Lost, Message = "The broker closed the connection." };
        }
        catch (OperationCanceledException)
        {
            return LostEnd(StatusCode.Cancelled, string.Empty);
        }
        catch (RpcException e)
        {
            return LostEnd(e.StatusCode, e.Status.Detail);
        }
    }

    private void Take(BrokerFrame frame, Action<string> welcomed, InFlightWork work)
    {
        switch (frame.KindCase)
        {
            case BrokerFrame.KindOneofCase.Welcome:
                var seconds = frame.Welcome.Limits?.DeadAfterSeconds ?? 0;
                stream.Alarm.Limit = seconds > 0 ? TimeSpan.FromSeconds(seconds) : stream.Alarm.Limit;
                stream.Alarm.Heard();
                _welcomed = time.GetUtcNow();
                welcomed(frame.Welcome.SessionId);
                break;
            case BrokerFrame.KindOneofCase.Work:
                work.Start(frame.Work);
                break;
            case BrokerFrame.KindOneofCase.Chunk:
                work.Add(frame.Chunk);
                break;
            case BrokerFrame.KindOneofCase.Cancel:
                work.Cancel(frame.Cancel.WorkId);
                break;
            case BrokerFrame.KindOneofCase.Credit:
                work.Grant(frame.Credit);
                break;
            case BrokerFrame.KindOneofCase.Ping:
                // With a full queue other frames are on their way, and prove as much.
                _writer.TryWrite(new ClientFrame { Pong = new Pong { Nonce = frame.Ping.Nonce } });
                break;
            case BrokerFrame.KindOneofCase.Drain:
                TunnelLog.Draining(logger, work.Count);
                var after = TimeSpan.FromMilliseconds(frame.Drain.ReconnectAfterMs);
                _draining.TrySetResult(new ConnectionEnd { Kind = ConnectionEndKind.Drained, RetryAfter = after, Message = "The broker is restarting." });
                break;
            default:
                TunnelLog.UnknownFrame(logger);
                break;
        }
    }

    private static ConnectionEnd RefusedEnd(Refused refused) => new()
    {
        Kind = refused.Permanent ? ConnectionEndKind.RefusedForGood : ConnectionEndKind.Refused,
        Message = refused.Message.Length > 0 ? refused.Message : $"The broker refused the tunnel ({refused.Reason}).",
        RetryAfter = TimeSpan.FromMilliseconds(refused.RetryAfterMs),
    };

    private ConnectionEnd LostEnd(StatusCode code, string detail) => code switch
    {
        _ when stream.Alarm.HasRung => new() { Kind = ConnectionEndKind.Lost, Message = $"The broker was silent for {stream.Alarm.Limit.TotalSeconds:0} s." },
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => new()
        {
            Kind = ConnectionEndKind.RefusedForGood,
            Message = $"The broker does not accept {TunnelSettings.TokenVariable}. {detail}".TrimEnd(),
        },
        _ => new() { Kind = ConnectionEndKind.Lost, Message = $"The connection broke off ({code}). {detail}".TrimEnd() },
    };
}
