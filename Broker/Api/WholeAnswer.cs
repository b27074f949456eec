using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Shared.Work;

namespace Polydev.Broker.Api;

/// <summary>An answer that is not streamed: folded, then written at once.</summary>
internal static class WholeAnswer
{
    /// <exception cref="ApiException">The turn failed.</exception>
    public static async Task WriteAsync(
        HttpContext context, IDialect dialect, CompletionCall call, IWorkStream events, CancellationToken ending)
    {
        var record = CallRecord.Of(context);
        var answer = new Answer();
        while (await events.WaitToReadAsync(ending))
        {
            while (events.TryRead(out var next))
            {
                record.Note(next);
                answer.Add(next);
            }
        }

        if (answer.Failed is { } failed)
        {
            throw new ApiException(FailureErrors.Of(failed));
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        dialect.WriteAnswer(context.Response.BodyWriter, call, answer);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
