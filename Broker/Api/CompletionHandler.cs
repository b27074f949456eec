using Polydev.Broker.Api.Bodies;
using Polydev.Broker.Dialects;
using Polydev.Broker.Egress;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Broker.Quotas;
using Polydev.Broker.Routing;
using Polydev.Broker.Stored;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Api;

/// <summary>
/// The only hot path; it runs every dialect. The record of the call, which <see cref="ApiPipeline"/> began, is told what happens on the
/// way.
/// <code>
/// Admit --JSON--> Read --CompletionCall--> Route --> Count --> Fetch --> tunnel and CLI --Run--> events --Write--> JSON or a stream
/// </code>
/// </summary>
internal sealed class CompletionHandler(
    CallAdmission admission,
    RequestReader reader,
    ModelRouter router,
    MediaFetcher fetcher,
    QuotaGate quotas,
    IWorkExchange exchange,
    StoredResponses stored,
    TimeProvider time)
{
    // The exchange adds a field or two.
    private const int MaxItemBytes = TunnelProtocol.MaxItemBytes - 1024;

    private static readonly ApiError TooLarge = new(
        ApiErrorKind.TooLarge, $"The conversation is too large for a tunnel: it comes to more than {MaxItemBytes / 1_000_000} MB.");

    public async Task HandleAsync(HttpContext context, IDialect dialect, CompletionPath path)
    {
        // 1. Admit: from here the call is in hand until it is answered, the caller has gone, the key is revoked, or its time is over.
        var record = CallRecord.Of(context);
        record.Model = path.Model;
        using var life = admission.Admit(context, record.Caller);
        try
        {
            // 2. Read.
            var call = await reader.ReadAsync(context.Request, record.Caller, dialect, path, life.Ending);
            record.Model = call.Model;
            record.IsStreamed = call.Stream;

            // 3. Route: to a tunnel that is here, or is on its way back; count, and fetch what lies at addresses, once there is one.
            var (route, work) = await StartAsync(context, record, call, life.Ending);

            // 4. Run. Whoever leaves the block before the last event cancels the work.
            await using var events = call.Begun is { } begun ? new ContinuedWork(work, begun) : work;
            TellWhatDiffers(context.Response, record, call, route);
            call = call.HandedTo(route);
            await using var keeping = AnswerKeeping.Of(call.ToStore, stored, record.Caller, route);

            // 5. Write, streamed or whole.
            await (call.Stream
                ? new StreamedAnswer(context, dialect, call, life, time).WriteAsync(events)
                : WholeAnswer.WriteAsync(context, dialect, call, events, life.Ending));
            await (keeping?.FinishAsync(context.Response) ?? Task.CompletedTask);
        }
        catch (OperationCanceledException) when (life.Reason is { } reason)
        {
            record.Ended(reason.Kind);
            throw new ApiException(reason);
        }
        finally
        {
            await SettleAsync(context.Response, record);
        }
    }

    private static WorkItem WorkOf(CompletionCall call, CallRecord record, ModelRoute route)
    {
        var work = call.ToWork(record.RequestId, route);
        return work.CalculateSize() <= MaxItemBytes ? work : throw new ApiException(TooLarge);
    }

    // A session may go between its routing and the start; the next route waits for its return.
    private async ValueTask<(ModelRoute Route, IWorkStream Work)> StartAsync(
        HttpContext context, CallRecord record, CompletionCall call, CancellationToken ending)
    {
        while (true)
        {
            var route = await router.RouteAsync(record.Caller.AccountId, call.Model, ending);
            record.Routed(route);
            call.CheckServedBy(route);
            await CountAsync(context.Response, record, ending);
            if (call.Conversation.AwaitsMedia)
            {
                // Behind the count, so that nothing is fetched for a key that is used up; a bad address is given back. Of a second round,
                // all has come. What it is, and how large, is known only now.
                await fetcher.FetchAsync(call.Conversation, ending);
                call.CheckServedBy(route);
            }

            record.Started();
            if (exchange.Start(route, WorkOf(call, record, route)) is { } work)
            {
                record.Dispatched();
                return (route, work);
            }
        }
    }

    private async ValueTask CountAsync(HttpResponse response, CallRecord record, CancellationToken ending)
    {
        if (record.Counted is null)
        {
            record.Counted = await quotas.CountAsync(record.Caller, ending);
            QuotaHeaders.Set(response, record.Counted.State, time.GetUtcNow());
        }
    }

    // A call that no CLI has begun costs nothing.
    private async ValueTask SettleAsync(HttpResponse response, CallRecord record)
    {
        if (record is { Counted: { } counted, MayHaveBegun: false })
        {
            await quotas.GiveBackAsync(counted);
            if (!response.HasStarted)
            {
                QuotaHeaders.Set(response, counted.State.Plus(-1), time.GetUtcNow());
            }
        }
    }

    /// <summary>
    /// Says in headers which fields the CLI does not honour as they were sent, what reaches its vendor otherwise, and which token figures
    /// are a guess.
    /// </summary>
    private static void TellWhatDiffers(HttpResponse response, CallRecord record, CompletionCall call, ModelRoute route)
    {
        if (call.IgnoredBy(route) is { Count: > 0 } ignored)
        {
            record.Ignored = string.Join(", ", ignored);
            response.Headers["x-polydev-ignored"] = record.Ignored;
        }

        if (call.AlteredBy(route) is { } altered)
        {
            response.Headers["x-polydev-altered"] = altered;
        }

        if (call.EstimatedBy(route) is { } estimated)
        {
            response.Headers["x-polydev-estimated"] = estimated;
        }
    }
}
