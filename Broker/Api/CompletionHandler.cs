using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Api;

/// <summary>
/// The only hot path; it runs every dialect. The record of the call, which <see cref="ApiPipeline"/> began, is told what happens on the
/// way.
/// <code>
/// JSON --Read--> CompletionCall --Route--> tunnel and CLI --Run--> events --Write--> JSON or a stream
/// </code>
/// </summary>
internal sealed class CompletionHandler(ModelRouter router, IWorkExchange exchange, Revocations revocations, TimeProvider time)
{
    // The exchange adds a field or two.
    private const int MaxItemBytes = TunnelProtocol.MaxItemBytes - 1024;

    private static readonly ApiError TooLarge = new(
        ApiErrorKind.TooLarge, $"The conversation is too large for a tunnel: it comes to more than {MaxItemBytes / 1_000_000} MB.");

    public async Task HandleAsync(HttpContext context, IDialect dialect, CompletionPath path)
    {
        // 1. Read.
        var record = CallRecord.Of(context);
        record.Model = path.Model;
        var call = await ReadAsync(context, dialect, path);
        record.Model = call.Model;

        // From here the call lives until it is answered, the caller has gone, or the key is revoked.
        using var revocation = revocations.Watch(record.Caller);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, revocation.Revoked);
        try
        {
            // 2. Route: to a tunnel that is here, or is on its way back.
            var (route, work) = await StartAsync(record, call, ending.Token);
            TellIgnored(context.Response, call, route);

            // 3. Run. Whoever leaves the block before the last event cancels the work.
            await using var events = work;
            TellAltered(context.Response, call, route);

            // 4. Write, streamed or whole.
            await (call.Stream
                ? new StreamedAnswer(context, dialect, call, time).WriteAsync(events, ending.Token)
                : WholeAnswer.WriteAsync(context, dialect, call, events, ending.Token));
        }
        catch (OperationCanceledException) when (revocation.Revoked.IsCancellationRequested)
        {
            await RefuseRevokedAsync(context, record);
        }
    }

    private static async ValueTask<CompletionCall> ReadAsync(HttpContext context, IDialect dialect, CompletionPath path)
    {
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        return dialect.Read(body.Root, path);
    }

    private static WorkItem WorkOf(CompletionCall call, CallRecord record, ModelRoute route)
    {
        var work = call.ToWork(record.RequestId, route);
        return work.CalculateSize() <= MaxItemBytes ? work : throw new ApiException(TooLarge);
    }

    // A session may go between its routing and the start; the next route waits for its return.
    private async ValueTask<(ModelRoute Route, IWorkStream Work)> StartAsync(
        CallRecord record, CompletionCall call, CancellationToken ending)
    {
        while (true)
        {
            var route = await router.RouteAsync(record.Caller.AccountId, call.Model, ending);
            record.Routed(route);
            if (exchange.Start(route, WorkOf(call, record, route)) is { } work)
            {
                return (route, work);
            }
        }
    }

    /// <summary>Says in <c>x-polydev-ignored</c> which fields of the request the CLI does not honour.</summary>
    private static void TellIgnored(HttpResponse response, CompletionCall call, ModelRoute route)
    {
        if (call.Requested.Count == 0)
        {
            return;
        }

        var ignored = call.Requested.Where(field => !route.Honours.Contains(field.Feature)).Select(field => field.Field).ToList();
        if (ignored.Count > 0)
        {
            response.Headers["x-polydev-ignored"] = string.Join(", ", ignored);
        }
    }

    private static async Task RefuseRevokedAsync(HttpContext context, CallRecord record)
    {
        record.Revoked();
        if (ApiErrors.HasBegun(context.Response))
        {
            context.Abort();
            return;
        }

        await ApiErrors.WriteAsync(context, new ApiError(ApiErrorKind.Unauthenticated, "The API key was revoked while the call ran."));
    }

    /// <summary>Says in <c>x-polydev-altered</c> what reaches the vendor otherwise than it was sent.</summary>
    private static void TellAltered(HttpResponse response, CompletionCall call, ModelRoute route)
    {
        if (route.Provider == Providers.Gemini && !GeminiInstructions.ArriveAsTheyAre(call.Conversation.Instructions))
        {
            response.Headers["x-polydev-altered"] = "system";
        }
    }
}
