using System.Globalization;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>Writes an error as the whole response, in the caller's dialect.</summary>
internal static class ApiErrors
{
    /// <summary>Something of an answer is written, if not sent yet: an error behind it would be neither the one nor the other.</summary>
    public static bool HasBegun(HttpResponse response) => response.HasStarted || response.BodyWriter.UnflushedBytes > 0;

    public static async Task WriteAsync(HttpContext context, ApiError error)
    {
        var record = CallRecord.Of(context);
        record.Failed(error.Kind);
        var response = context.Response;
        response.StatusCode = record.Family.StatusOf(error);
        response.ContentType = "application/json; charset=utf-8";
        if (error.RetryAfter is { } wait && !(error.ShouldRetry == false && SleepsThroughAnyWait(context.Request)))
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.ShouldRetry is { } retry)
        {
            response.Headers["x-should-retry"] = retry ? "true" : "false";
        }

        record.Family.WriteError(response.BodyWriter, error, record.RequestId);

        // Without the caller's token: where it has gone, Kestrel's flush returns at once, and there is nothing left to end.
        await response.BodyWriter.FlushAsync(CancellationToken.None);
    }

    /// <summary>
    /// OpenAI's .NET SDK (tried: 2.15) knows no <c>x-should-retry</c>, and sleeps for as long as <c>Retry-After</c> says: days, where a
    /// month is used up. Without the header it asks three times more within six seconds, and then fails as its user expects. Python's
    /// and JavaScript's name their language behind the slash.
    /// </summary>
    private static bool SleepsThroughAnyWait(HttpRequest request) =>
        request.Headers.UserAgent.ToString() is ['O', 'p', 'e', 'n', 'A', 'I', '/', >= '0' and <= '9', ..];
}
