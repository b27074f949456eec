using Polydev.Broker.Diagnostics;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Api;

/// <summary>
/// The only hot path; it runs every dialect.
/// <code>
/// JSON --Read--> CompletionCall --Route--> tunnel and CLI --Run--> events --Write--> JSON or a stream
/// </code>
/// </summary>
internal sealed class CompletionHandler(
    ModelRouter router, IWorkExchange exchange, IRevocations revocations, CallRecorder recorder, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, IDialect dialect, CompletionPath path)
    {
        // 1. Read.
        var api = ApiCall.Of(context);
        var call = await ReadAsync(context, dialect, path);

        // 2. Route.
        var route = await router.RouteAsync(api.Caller.AccountId, call.Model, context.RequestAborted);
        IgnoredFields.Tell(context.Response, call, route);

        // 3. Run: until the answer is whole, the caller has gone, or the key is revoked.
        using var revocation = revocations.Watch(api.Caller);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, revocation.Revoked);
        using var record = recorder.Start(api, dialect, call, route);
        await using var work = exchange.Start(route, call.ToWork(api.RequestId, route));
        await using var events = record.Watch(ReadAllAsync(work, ending.Token)).GetAsyncEnumerator(CancellationToken.None);

        // 4. Write, streamed or whole.
        try
        {
            await (call.Stream ? WriteStreamAsync(context, dialect, call, events) : WholeAnswer.WriteAsync(context, dialect, call, events));
        }
        catch (OperationCanceledException) when (revocation.Revoked.IsCancellationRequested)
        {
            await RefuseRevokedAsync(context);
        }
    }

    private static async IAsyncEnumerable<WorkEvent> ReadAllAsync(
        IWorkStream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await stream.WaitToReadAsync(cancellationToken))
        {
            while (stream.TryRead(out var next))
            {
                yield return next;
            }
        }
    }

    private static async Task<CompletionCall> ReadAsync(HttpContext context, IDialect dialect, CompletionPath path)
    {
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        return dialect.Read(body.RootElement, path);
    }

    private async Task WriteStreamAsync(HttpContext context, IDialect dialect, CompletionCall call, IAsyncEnumerator<WorkEvent> events)
    {
        using var answer = new StreamedAnswer(context, dialect, call, time);
        await answer.WriteAsync(events);
    }

    private static async Task RefuseRevokedAsync(HttpContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        await ApiErrors.WriteAsync(context, new ApiError(ApiErrorKind.Unauthenticated, "The API key was revoked while the call ran."));
    }
}
