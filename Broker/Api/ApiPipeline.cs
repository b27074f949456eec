using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Polydev.Broker.Api.Bodies;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.Api;

/// <summary>
/// Around every call but the tunnels': begins its record, and turns whatever goes wrong, an unknown path included, into an error in the
/// words of its family.
/// </summary>
internal sealed class ApiPipeline(
    RequestDelegate next, ApiFamilies families, CallAudience audience, ILogger<ApiPipeline> logger)
{
    // This process's own part of a request id.
    private readonly string _process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(2));
    private ulong _lastId = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    public async Task InvokeAsync(HttpContext context)
    {
        await using var record = Begin(context);
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: 404 or 405, ContentLength: null, ContentType: null })
            {
                await ApiErrors.WriteAsync(context, NoSuchEndpoint(context));
            }
        }
        catch (Exception e) when (IsOfALostConnection(e, context))
        {
            // There is nobody to answer.
            record.Cancelled(context.Response);
        }
        catch (Exception e) when (!ApiErrors.HasBegun(context.Response))
        {
            await ApiErrors.WriteAsync(context, ErrorOf(e, record));
        }
        catch (Exception e)
        {
            // Behind a part of an answer an error would be neither the one nor the other: that it breaks off is what the caller sees.
            record.Failed(ErrorOf(e, record).Kind);
            context.Abort();
        }
        finally
        {
            record.Answered(context.Response);
        }
    }

    private CallRecord Begin(HttpContext context)
    {
        var record = new CallRecord(NextId(), families.Of(context), audience)
        {
            IsApi = context.Request.Path.StartsWithSegments("/api/v1"),
            Dialect = context.GetEndpoint()?.Metadata.GetMetadata<IDialect>(),
        };
        context.Features.Set(record);
        if (record.Family.RequestIdHeader is { } header)
        {
            context.Response.Headers[header] = record.RequestId;
        }

        if (record.IsApi)
        {
            context.Response.OnStarting(
                static state =>
                {
                    var answered = (HttpContext)state;
                    CallRecord.Of(answered).SetHeaders(answered.Response.Headers);
                    return Task.CompletedTask;
                },
                context);
        }

        return record;
    }

    // The time first, as in a GUID of version 7: calls are stored by their id, and those of one moment then lie on one page. Multiplied by
    // an odd number a counter still never repeats, and does not tell a caller how many others there are; a GUID asks the kernel for
    // randomness each time.
    private string NextId()
    {
        var now = audience.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var number = Interlocked.Increment(ref _lastId) * 0x9E3779B97F4A7C15;
        return string.Create(CultureInfo.InvariantCulture, $"req_{now:x12}{_process}{number:x16}");
    }

    private static bool IsOfALostConnection(Exception e, HttpContext context) =>
        e is ConnectionResetException or ConnectionAbortedException
        || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);

    private ApiError ErrorOf(Exception e, CallRecord record)
    {
        switch (e)
        {
            case ApiException known:
                return known.Error;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return RequestBody.TooLarge;
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return new ApiError(ApiErrorKind.TimedOut, "The request's body came too slowly.") { ShouldRetry = true };
            case BadHttpRequestException bad:
                return new ApiError(ApiErrorKind.InvalidRequest, bad.Message);
            case DbException:
                ApiLog.NoDatabase(logger, e, record.RequestId);
                return new ApiError(ApiErrorKind.Overloaded, "The broker cannot reach its database. Try again.");
            default:
                ApiLog.Unexpected(logger, e, record.RequestId);
                return new ApiError(ApiErrorKind.Internal, $"The broker failed on this request. It is logged as {record.RequestId}.");
        }
    }

    // Clients log errors: a secret that stood in the path is not to stand there.
    private static ApiError NoSuchEndpoint(HttpContext context)
    {
        var (method, path) = (context.Request.Method, SecretToken.Mask(context.Request.Path));
        return context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
            ? new ApiError(ApiErrorKind.MethodNotAllowed, $"{method} is not allowed on {path}.")
            : new ApiError(ApiErrorKind.NotFound, $"There is nothing at {method} {path}.{Hint(context.Request.Path)}");
    }

    // The most frequent slip: a base URL without our prefix.
    private static string Hint(PathString path) => path.StartsWithSegments("/api") ? string.Empty : " The API's base URL ends in /api/v1.";
}
