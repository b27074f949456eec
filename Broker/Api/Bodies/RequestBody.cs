using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Errors;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Api.Bodies;

/// <summary>The bytes of a caller's body, inflated where it came compressed: one copy, in memory that all callers share.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>A larger body is a 413; of a compressed one the inflated size counts too.</summary>
    public const int MaxBytes = 32_000_000;

    /// <summary>
    /// What Kestrel reads and drops of a body that we have refused by its length: it would close the connection under a client that is
    /// still sending, and the client would never see the 413.
    /// </summary>
    public const long MaxDrainedBytes = 256_000_000;

    private readonly BodyBlock _block;

    private RequestBody(BodyBlock block) => _block = block;

    /// <summary>The error of a body over 32 MB.</summary>
    public static ApiError TooLarge { get; } = new(ApiErrorKind.TooLarge, $"The request body is larger than {MaxBytes / 1_000_000} MB.");

    /// <summary>Without a byte order mark. Not to be used after the body has been disposed.</summary>
    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            var all = _block.Bytes;
            return all.Span.StartsWith(Encoding.UTF8.Preamble) ? all[Encoding.UTF8.Preamble.Length..] : all;
        }
    }

    /// <exception cref="ApiException">Over 32 MB, not what its encoding says, or no memory for it.</exception>
    /// <exception cref="BadHttpRequestException">Over 32 MB without having said so, or not HTTP.</exception>
    /// <exception cref="ConnectionAbortedException">It broke off before its end.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, BodyMemory memory, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new ApiException(TooLarge);
        }

        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;
        await using var inflated = RequestDecoding.Open(request);

        var block = new BodyBlock(memory, MaxBytes);
        try
        {
            var length = inflated is null ? (int?)request.ContentLength : null;
            return await block.FillAsync(inflated ?? request.Body, length, cancellationToken)
                ? new RequestBody(block)
                : throw new ApiException(TooLarge);
        }
        catch (Exception e)
        {
            block.Dispose();
            if (ErrorOf(e, request, inflated) is { } known)
            {
                throw known;
            }

            throw;
        }
    }

    public void Dispose() => _block.Dispose();

    /// <summary>What a failed read means to the caller; null where the failure says so itself.</summary>
    private static Exception? ErrorOf(Exception e, HttpRequest request, Stream? inflated) => e switch
    {
        // Kestrel tells a client that goes in mid-upload as a reset, an abort or a bad request, by what it sees first.
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when request.ContentLength is not null =>
            new ConnectionAbortedException("The body broke off.", e),
        BadHttpRequestException or ConnectionResetException or OperationCanceledException or ApiException => null,
        _ when inflated is not null && RequestDecoding.IsBroken(e) => new ApiException(ApiError.Invalid(
            "body", $"The request body is not the {request.Headers.ContentEncoding} data that its Content-Encoding says.")),
        _ when request.HttpContext.RequestAborted.IsCancellationRequested => null,

        // Kestrel's word for a chunk whose size is no number that it can hold.
        IOException => new ApiException(ApiError.Invalid("body", "The request body's chunks are not those of HTTP/1.1.")),
        _ => null,
    };
}
