using System.Globalization;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>Writes an error as the whole response, in the caller's dialect.</summary>
internal static class ApiErrors
{
    public static async Task WriteAsync(HttpContext context, ApiError error)
    {
        var call = ApiCall.Of(context);
        var response = context.Response;
        response.StatusCode = call.Family.StatusOf(error);
        response.ContentType = "application/json; charset=utf-8";
        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.ShouldRetry is { } retry)
        {
            response.Headers["x-should-retry"] = retry ? "true" : "false";
        }

        call.Family.WriteError(response.BodyWriter, error, call.RequestId);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
