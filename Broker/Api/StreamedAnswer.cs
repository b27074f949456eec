using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Api;

/// <summary>
/// An answer written event by event. What fails before the first content is still an HTTP error; after that it is the dialect's mid-stream
/// error. A silence is broken every 10 seconds, because proxies cut silent streams. No event is taken while the caller has not read those
/// before it, but for some 16 kB.
/// </summary>
internal sealed class StreamedAnswer(HttpContext context, IDialect dialect, CompletionCall call, CallLifetime life, TimeProvider time)
{
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>A call that is ended tells so within this time; a connection whose caller does not read that long is cut.</summary>
    public static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);

    private const int FlushBytes = 16 * 1024;

    private readonly CallRecord _record = CallRecord.Of(context);
    private ITimer? _lastWord;
    private bool _begun;
    private bool _isOver;

    /// <exception cref="ApiException">The turn failed before anything was written.</exception>
    /// <exception cref="OperationCanceledException">The call was ended before anything was written, or the caller has gone.</exception>
    public async Task WriteAsync(IWorkStream events)
    {
        using var stream = dialect.OpenStream(context.Response.BodyWriter, call);
        try
        {
            while (!await WriteUntilSilentAsync(stream, events))
            {
                Prepare(stream);
                stream.WriteKeepAlive();
                _begun = true;
                await FlushAsync();
            }

            await FlushAsync();
        }
        catch (OperationCanceledException) when (_begun && life.Reason is { } reason)
        {
            _record.Ended(reason.Kind);
            stream.WriteFailure(reason, _record.RequestId);
            await FlushAsync();
        }
        finally
        {
            if (_lastWord is { } timer)
            {
                // Waits for one that is just cutting the connection: the context serves the next call after this one.
                await timer.DisposeAsync();
            }
        }
    }

    /// <summary>True at the answer's end, false after ten seconds in which no event came. One timer serves all the waits between.</summary>
    private async Task<bool> WriteUntilSilentAsync(IAnswerStream stream, IWorkStream events)
    {
        using var silence = new CancellationTokenSource(KeepAlive, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(life.Ending, silence.Token);
        try
        {
            while (await WaitAsync(events, silence, either.Token))
            {
                while (events.TryRead(out var next))
                {
                    Write(stream, next);
                    if (context.Response.BodyWriter.UnflushedBytes > FlushBytes)
                    {
                        await FlushAsync();
                        ThrowIfEnded();
                    }
                }
            }

            return true;
        }
        catch (OperationCanceledException) when (!life.Ending.IsCancellationRequested)
        {
            return false;
        }
    }

    // Events that are there already share a write; nothing written waits for the next event.
    private async ValueTask<bool> WaitAsync(IWorkStream events, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        var waiting = events.WaitToReadAsync(cancellationToken);
        if (!waiting.IsCompleted)
        {
            await FlushAsync();
            silence.CancelAfter(KeepAlive);
        }

        return await waiting;
    }

    private void Write(IAnswerStream stream, WorkEvent next)
    {
        _record.Note(next);
        _isOver = next.IsFinal();
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Started:
                break;
            case WorkEvent.KindOneofCase.Failed when !_begun:
                throw new ApiException(FailureErrors.Of(next.Failed));
            case WorkEvent.KindOneofCase.Failed:
                stream.WriteFailure(FailureErrors.Of(next.Failed), _record.RequestId);
                break;
            default:
                Prepare(stream);
                stream.Write(next);

                // Some events have no words in the dialect yet: a failure after those is still an HTTP error.
                _begun |= context.Response.BodyWriter.UnflushedBytes > 0;
                break;
        }
    }

    // A source that always has another event waits for nothing, and so is never told.
    private void ThrowIfEnded()
    {
        if (!_isOver)
        {
            life.Ending.ThrowIfCancellationRequested();
        }
    }

    private void Prepare(IAnswerStream stream)
    {
        if (!_begun)
        {
            context.Response.ContentType = stream.ContentType;
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers["x-accel-buffering"] = "no";
        }
    }

    // Without a token: a cancelled flush would cut the connection at once. On a broken connection Kestrel's flush returns at once, and the
    // events' own end says the rest.
    private async ValueTask FlushAsync()
    {
        if (!_begun)
        {
            return;
        }

        var flush = context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        if (flush.IsCompleted)
        {
            await flush;
            return;
        }

        using (life.Ending.UnsafeRegister(static answer => ((StreamedAnswer)answer!).EndSoon(), this))
        {
            await flush;
        }
    }

    private void EndSoon() =>
        _lastWord ??= time.CreateTimer(static state => ((HttpContext)state!).Abort(), context, LastWord, Timeout.InfiniteTimeSpan);
}
