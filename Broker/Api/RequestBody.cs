using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>Reads a caller's JSON.</summary>
internal static class RequestBody
{
    /// <summary>A larger body is a 413.</summary>
    public const long MaxBytes = 32_000_000;

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false, MaxDepth = 128 };

    /// <exception cref="ApiException">Not JSON.</exception>
    /// <exception cref="BadHttpRequestException">Over 32 MB, or broken off.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
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
