using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary>
/// An answer written event by event. What fails before the first content is still an HTTP error; after that it is the dialect's mid-stream
/// error. A silence is broken every 10 seconds, because proxies cut silent streams.
/// </summary>
internal sealed class StreamedAnswer(HttpContext context, IDialect dialect, CompletionCall call, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private const int FlushBytes = 16 * 1024;

    private readonly IAnswerStream _stream = dialect.OpenStream(context.Response.BodyWriter, call);
    private bool _begun;

    /// <exception cref="ApiException">The turn failed before anything was written.</exception>
    public async Task WriteAsync(IAsyncEnumerator<WorkEvent> events)
    {
        while (await MoveNextAsync(events))
        {
            switch (events.Current.KindCase)
            {
                case WorkEvent.KindOneofCase.Started:
                    break;
                case WorkEvent.KindOneofCase.Failed when !_begun:
                    throw new ApiException(FailureErrors.Of(events.Current.Failed));
                case WorkEvent.KindOneofCase.Failed:
                    _stream.WriteFailure(FailureErrors.Of(events.Current.Failed), ApiCall.Of(context).RequestId);
                    break;
                default:
                    Prepare();
                    _stream.Write(events.Current);

                    // Some events have no words in the dialect yet: a failure after those is still an HTTP error.
                    _begun |= context.Response.BodyWriter.UnflushedBytes > 0;
                    break;
            }

            if (context.Response.BodyWriter.UnflushedBytes > FlushBytes)
            {
                await FlushAsync();
            }
        }

        await FlushAsync();
    }

    public void Dispose() => _stream.Dispose();

    private async Task<bool> MoveNextAsync(IAsyncEnumerator<WorkEvent> events)
    {
        var next = events.MoveNextAsync();
        if (next.IsCompleted)
        {
            return await next;
        }

        // Events that are there already share a write; nothing written waits for the next event.
        await FlushAsync();
        var waiting = next.AsTask();
        while (!waiting.IsCompleted)
        {
            using var spoken = new CancellationTokenSource();
            var silence = Task.Delay(KeepAlive, time, spoken.Token);
            if (await Task.WhenAny(waiting, silence) == silence)
            {
                Prepare();
                _stream.WriteKeepAlive();
                _begun = true;
                await FlushAsync();
            }

            await spoken.CancelAsync();
        }

        return await waiting;
    }

    private void Prepare()
    {
        if (!_begun)
        {
            context.Response.ContentType = _stream.ContentType;
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers["x-accel-buffering"] = "no";
        }
    }

    // Without the caller's token: on a broken connection Kestrel's flush returns at once, and the events' own end says the rest.
    private async Task FlushAsync()
    {
        if (_begun)
        {
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }
}
