using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Shared.Work;

namespace Polydev.Broker.Api;

/// <summary>An answer that is not streamed: folded, then written at once.</summary>
internal static class WholeAnswer
{
    /// <summary>Of all events of an answer, as they came: it lies in memory as a whole.</summary>
    public const int MaxBytes = 32_000_000;

    /// <exception cref="ApiException">The turn failed, or its answer is over 32 MB.</exception>
    public static async Task WriteAsync(
        HttpContext context, IDialect dialect, CompletionCall call, IWorkStream events, CancellationToken ending)
    {
        var record = CallRecord.Of(context);
        var answer = new Answer();
        var bytes = 0L;
        while (await events.WaitToReadAsync(ending))
        {
            while (events.TryRead(out var next))
            {
                record.Note(next);
                bytes += next.CalculateSize();
                if (bytes > MaxBytes)
                {
                    throw new ApiException(new ApiError(
                        ApiErrorKind.Upstream,
                        $"The CLI's answer was too long: it came to more than {MaxBytes / 1_000_000} MB, and its turn was ended.")
                    {
                        ShouldRetry = false,
                    });
                }

                answer.Add(next);
            }
        }

        if (answer.Failed is { } failed)
        {
            throw new ApiException(FailureErrors.Of(failed));
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        dialect.WriteAnswer(context.Response.BodyWriter, call, answer);

        // A caller who does not read is cut off where the call ends meanwhile: half a body has no room for an error.
        await context.Response.BodyWriter.FlushAsync(ending);
    }
}
