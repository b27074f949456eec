using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary>
/// An answer written event by event. What fails before the first content is still an HTTP error; after that it is the dialect's mid-stream
/// error. A silence is broken every 10 seconds, because proxies cut silent streams.
/// </summary>
internal sealed class StreamedAnswer(HttpContext context, IDialect dialect, CompletionCall call, TimeProvider time)
{
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private const int FlushBytes = 16 * 1024;

    private readonly CallRecord _record = CallRecord.Of(context);
    private bool _begun;

    /// <exception cref="ApiException">The turn failed before anything was written.</exception>
    public async Task WriteAsync(IWorkStream events, CancellationToken ending)
    {
        using var stream = dialect.OpenStream(context.Response.BodyWriter, call);
        while (!await WriteUntilSilentAsync(stream, events, ending))
        {
            Prepare(stream);
            stream.WriteKeepAlive();
            _begun = true;
            await FlushAsync();
        }

        await FlushAsync();
    }

    /// <summary>True at the answer's end, false after ten seconds in which no event came. One timer serves all the waits between.</summary>
    private async Task<bool> WriteUntilSilentAsync(IAnswerStream stream, IWorkStream events, CancellationToken ending)
    {
        using var silence = new CancellationTokenSource(KeepAlive, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, silence.Token);
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
                    }
                }
            }

            return true;
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
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

    private void Prepare(IAnswerStream stream)
    {
        if (!_begun)
        {
            context.Response.ContentType = stream.ContentType;
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers["x-accel-buffering"] = "no";
        }
    }

    // Without the caller's token: on a broken connection Kestrel's flush returns at once, and the events' own end says the rest.
    private async ValueTask FlushAsync()
    {
        if (_begun)
        {
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }
}
