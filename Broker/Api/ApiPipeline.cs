using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>
/// Around every call but the tunnels': gives it its id and its family, and turns whatever goes wrong, an unknown path included, into an error in
/// that family's words.
/// </summary>
internal sealed class ApiPipeline(RequestDelegate next, ApiFamilies families, ILogger<ApiPipeline> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var call = new ApiCall($"req_{Guid.NewGuid():N}", families.Of(context));
        context.Features.Set(call);
        if (call.Family.RequestIdHeader is { } header)
        {
            context.Response.Headers[header] = call.RequestId;
        }

        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: 404 or 405, ContentLength: null, ContentType: null })
            {
                await ApiErrors.WriteAsync(context, NoSuchEndpoint(context));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await ApiErrors.WriteAsync(context, ErrorOf(e, call));
        }
    }

    private ApiError ErrorOf(Exception e, ApiCall call)
    {
        switch (e)
        {
            case ApiException known:
                return known.Error;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return RequestBody.TooLarge;
            case BadHttpRequestException bad:
                return new ApiError(ApiErrorKind.InvalidRequest, bad.Message);
            default:
                ApiLog.Unexpected(logger, e, call.RequestId);
                return new ApiError(ApiErrorKind.Internal, $"The broker failed on this request. It is logged as {call.RequestId}.");
        }
    }

    private static ApiError NoSuchEndpoint(HttpContext context) => context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
        ? new ApiError(ApiErrorKind.MethodNotAllowed, $"{context.Request.Method} is not allowed on {context.Request.Path}.")
        : new ApiError(ApiErrorKind.NotFound, $"There is nothing at {context.Request.Method} {context.Request.Path}.{Hint(context.Request.Path)}");

    // The most frequent slip: a base URL without our prefix.
    private static string Hint(PathString path) => path.StartsWithSegments("/api") ? string.Empty : " The API's base URL ends in /api/v1.";
}
