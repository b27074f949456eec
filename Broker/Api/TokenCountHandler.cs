using Polydev.Broker.Api.Bodies;
using Polydev.Broker.Api.Counting;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Shared.Models;

namespace Polydev.Broker.Api;

/// <summary>
/// Tells how many tokens a request comes to, without asking a CLI: it is not counted in the key's windows and needs no tunnel. What is not
/// counted as the vendor does is named in <c>x-polydev-estimated</c>.
/// </summary>
internal sealed class TokenCountHandler(CallAdmission admission, RequestReader reader, TokenCounter counter)
{
    public async Task HandleAsync(HttpContext context, ICountingDialect dialect, CompletionPath path)
    {
        var record = CallRecord.Of(context);
        using var life = admission.Admit(context, record.Caller);
        try
        {
            var call = await reader.ReadAsync(context.Request, record.Caller, dialect, path with { Counts = true }, life.Ending);
            record.Model = call.Model;
            CheckModel(call);
            await WriteAsync(context.Response, dialect, counter.Of(call, life.Ending), life.Ending);
        }
        catch (OperationCanceledException) when (life.Reason is { } reason)
        {
            throw new ApiException(reason);
        }
    }

    private static void CheckModel(CompletionCall call)
    {
        if (!ModelId.IsName(ModelId.Parse(call.Model).Model))
        {
            throw new ApiException(RoutingErrors.NoName());
        }
    }

    private static async Task WriteAsync(
        HttpResponse response, ICountingDialect dialect, TokenCount count, CancellationToken cancellationToken)
    {
        if (count.IsEstimate)
        {
            response.Headers["x-polydev-estimated"] = dialect.CountField;
        }

        response.ContentType = "application/json; charset=utf-8";
        dialect.WriteCount(response.BodyWriter, count.Tokens);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }
}
