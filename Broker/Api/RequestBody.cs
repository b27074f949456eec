using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>Reads a caller's JSON.</summary>
internal static class RequestBody
{
    /// <summary>A larger body is a 413.</summary>
    public const long MaxBytes = 32_000_000;

    /// <summary>
    /// What Kestrel reads and drops of a body that we have refused by its length: it would close the connection under a client that is still
    /// sending, and the client would never see the 413.
    /// </summary>
    public const long MaxDrainedBytes = 256_000_000;

    /// <summary>The error of such a body.</summary>
    public static ApiError TooLarge { get; } = new(ApiErrorKind.TooLarge, $"The request body is larger than {MaxBytes / 1_000_000} MB.");

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false, MaxDepth = 128 };

    /// <exception cref="ApiException">Not JSON, or over 32 MB.</exception>
    /// <exception cref="BadHttpRequestException">Over 32 MB without having said so, or broken off.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new ApiException(TooLarge);
        }

        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;
        try
        {
            return await JsonDocument.ParseAsync(request.Body, Options, cancellationToken);
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiError.Invalid("body", $"We could not parse the JSON body of your request (line {e.LineNumber + 1}, byte {e.BytePositionInLine})."));
        }
    }
}
