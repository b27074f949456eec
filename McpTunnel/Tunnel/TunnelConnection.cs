using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// One connection that the broker has welcomed. It carries the process's work: the read loop only hands on, and all that is sent goes
/// through the one writer. Disposing it ends it in the way that fits.
/// </summary>
internal sealed class TunnelConnection : IAsyncDisposable
{
    /// <summary>A connection that has lived this long is no flicker: the backoff starts over.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(20);

    // How long the last words may take at the end of this process.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    // How long a failed writer waits for the read loop to learn why, and a goodbye that comes late for its way out.
    private static readonly TimeSpan ShortGrace = TimeSpan.FromSeconds(1);

    private readonly TunnelStream _stream;
    private readonly InFlightWork _work;
    private readonly CliCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _stop;

    private readonly FrameWriter _writer;
    private readonly WorkItemAssembler _assembler;
    private readonly TaskCompletionSource<ConnectionEnd> _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _creditsThrough;
    private readonly DateTimeOffset _since;
    private readonly Task _writing;
    private readonly Task<ConnectionEnd> _reading;

    /// <param name="told">The catalog that the hello told.</param>
    /// <param name="stop">This process is going: running items are told as lost, then the connection says goodbye.</param>
    public TunnelConnection(
        TunnelStream stream, Welcome welcome, Catalog told, InFlightWork work, CliCatalog catalog, TimeProvider time, ILogger logger,
        CancellationToken stop)
    {
        (_stream, _work, _catalog, _time, _logger, _stop) = (stream, work, catalog, time, logger, stop);
        Session = welcome.SessionId;
        _writer = new FrameWriter(stream.Requests, welcome.Features.Contains(TunnelProtocol.BatchFeature))
        {
            Unsendable = GiveUp,
            CountsBytes = welcome.Features.Contains(TunnelProtocol.BytesFeature),
        };
        _assembler = new WorkItemAssembler(work.Partial);
        _creditsThrough = welcome.Features.Contains(TunnelProtocol.ThroughFeature);
        _since = time.GetUtcNow();
        if (welcome.Rules is { } rules)
        {
            _catalog.Follow(rules);
        }

        _catalog.Changed += _writer.Tell;
        if (_catalog.Current is { } current && !CatalogBounds.Fit(current.Clone()).Equals(told))
        {
            // It changed between the hello and now.
            _writer.Tell(current);
        }

        // In this order: a writer that fails at once waits for the read loop.
        _reading = ReadAsync();
        _writing = WriteAsync();
    }

    public string Session { get; }

    public bool ProvedStable => _time.GetUtcNow() - _since >= StableAfter;

    /// <summary>Completes when no new work can come this way. What runs goes on until the connection is disposed, which is owed.</summary>
    public async Task<ConnectionEnd> ServeAsync()
    {
        try
        {
            return await (await Task.WhenAny(_reading, _draining.Task).WaitAsync(_stop));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return new ConnectionEnd { Kind = ConnectionEndKind.Stopped };
        }
    }

    /// <summary>A draining connection first finishes its work, a stopped one first tells its items' end; then all is cut.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_reading.IsCompleted && (_draining.Task.IsCompleted || _stop.IsCancellationRequested))
        {
            await LastWordsAsync();
        }

        _catalog.Changed -= _writer.Tell;
        try
        {
            _stream.Cut();
        }
        finally
        {
            await EndAsync();
        }
    }

    private async Task EndAsync()
    {
        _writer.Close();
        _work.Lose(_writer);
        try
        {
            await Task.WhenAll(_writing, _reading);
        }
        finally
        {
            // The read loop may have handed on one more item after the first look.
            _work.Lose(_writer);
            _assembler.Dispose();
            await _work.WhenNoneOnAsync(_writer);
            await _stream.DisposeAsync();
        }
    }

    private async Task LastWordsAsync()
    {
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var stopped = _stop.Register(() => grace.CancelAfter(StopGrace));
        var isInTime = await EndsAsync(Task.WhenAny(_work.WhenNoneOnAsync(_writer), _reading), grace.Token);
        _writer.Complete(new Goodbye { Reason = _stop.IsCancellationRequested ? "stopped" : "drained" });
        if (!isInTime)
        {
            // Some item does not end. The broker is told that this side goes, if it reads at all.
            using var late = new CancellationTokenSource(ShortGrace, _time);
            await EndsAsync(Task.WhenAny(_writing, _reading), late.Token);
            return;
        }

        // Whole answers may still wait for their way out: the broker, which drains, says by its own end how long that may take.
        if (await EndsAsync(Task.WhenAny(_writing, _reading), grace.Token))
        {
            // A cut would overtake what is still on its way: the broker closes the stream once it has read it all.
            grace.CancelAfter(StopGrace);
            await EndsAsync(_reading, grace.Token);
        }
    }

    // False: the time is over.
    private static async Task<bool> EndsAsync(Task task, CancellationToken until)
    {
        try
        {
            await Task.WhenAny(task).WaitAsync(until);
            return true;
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await _writer.RunAsync();
        }
        catch (Exception e) when (TunnelStream.IsOver(e))
        {
            // As a rule the call is over, and the read loop has the reason. It can also be the writer alone that fails: then nothing can be
            // told any more, and the connection would live on half dead.
            using var soon = new CancellationTokenSource(ShortGrace, _time);
            await EndsAsync(_reading, soon.Token);
            _stream.Cut();
        }
        catch (Exception e)
        {
            TunnelLog.WriterFailed(_logger, e);
            // Nothing can be told any more: what comes in would be for nothing.
            _stream.Cut();
        }
    }

    private async Task<ConnectionEnd> ReadAsync()
    {
        try
        {
            while (true)
            {
                Take(await _stream.ReadAsync());
            }
        }
        catch (ConnectionEndedException e)
        {
            return e.End;
        }
        catch (Exception e)
        {
            TunnelLog.ConnectionFaulted(_logger, e);
            return ConnectionEnd.Lost("The connection failed inside; the log on stderr says why.");
        }
    }

    private void GiveUp(string workId)
    {
        TunnelLog.Unsendable(_logger, workId);
        _work.Cancel(workId);
    }

    // Never waits: a broker that is not read holds up all its callers.
    private void Take(BrokerFrame frame)
    {
        switch (frame.KindCase)
        {
            case BrokerFrame.KindOneofCase.Work:
                _work.Start(frame.Work, _writer, _stop);
                break;
            case BrokerFrame.KindOneofCase.Chunk:
                Assemble(frame.Chunk);
                break;
            case BrokerFrame.KindOneofCase.Cancel:
                _assembler.Drop(frame.Cancel.WorkId);
                _work.Cancel(frame.Cancel.WorkId);
                break;
            case BrokerFrame.KindOneofCase.Credit when _creditsThrough:
                _work.CreditOf(frame.Credit.WorkId)?.TakenThrough(frame.Credit.Through, frame.Credit.Bytes);
                break;
            case BrokerFrame.KindOneofCase.Credit:
                _work.CreditOf(frame.Credit.WorkId)?.Grant(frame.Credit.Events);
                break;
            case BrokerFrame.KindOneofCase.Ping:
                _writer.Answer(new Pong { Nonce = frame.Ping.Nonce });
                break;
            case BrokerFrame.KindOneofCase.Rules:
                // Beside a connection that drains its successor may have told newer ones.
                if (!_draining.Task.IsCompleted)
                {
                    _catalog.Follow(frame.Rules);
                }

                break;
            case BrokerFrame.KindOneofCase.Drain:
                var running = _work.CountOn(_writer);
                TunnelLog.Draining(_logger, running);
                var after = TimeSpan.FromMilliseconds(frame.Drain.ReconnectAfterMs);
                _draining.TrySetResult(
                    new ConnectionEnd { Kind = ConnectionEndKind.Drained, RetryAfter = after, Message = "The broker is restarting." });
                break;
            default:
                TunnelLog.UnknownFrame(_logger);
                break;
        }
    }

    // Bad chunks cost their own item alone.
    private void Assemble(WorkItemChunk chunk)
    {
        try
        {
            if (_assembler.Add(chunk) is { } whole)
            {
                _work.Start(whole, _writer, _stop);
            }
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException or NoRoomForPartsException)
        {
            TunnelLog.BrokenChunks(_logger, e, chunk.WorkId);
            var failed = e is NoRoomForPartsException ? WorkFailures.NoRoomForParts() : WorkFailures.Unreadable();
            _writer.Add(new WorkStamp(chunk.WorkId, _logger).Put(failed));
            _writer.Flush();
        }
    }
}
