using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Api;

/// <summary>An answer that is not streamed: folded, then written at once.</summary>
internal static class WholeAnswer
{
    /// <exception cref="ApiException">The turn failed.</exception>
    public static async Task WriteAsync(HttpContext context, IDialect dialect, CompletionCall call, IAsyncEnumerator<WorkEvent> events)
    {
        var answer = new Answer();
        while (await events.MoveNextAsync())
        {
            answer.Add(events.Current);
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
