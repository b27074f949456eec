using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Errors;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Api;

/// <summary>
/// A caller's JSON, parsed where it was read: one copy of the bytes, in pooled memory. Nothing of it may be used after it has been
/// disposed.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>A larger body is a 413.</summary>
    public const int MaxBytes = 32_000_000;

    /// <summary>
    /// What Kestrel reads and drops of a body that we have refused by its length: it would close the connection under a client that is
    /// still sending, and the client would never see the 413.
    /// </summary>
    public const long MaxDrainedBytes = 256_000_000;

    // A length is only a promise: beyond this, memory is taken once as much has really come.
    private const int LargestFirstRent = 2 * 1024 * 1024;
    private const int UnknownLengthRent = 16 * 1024;

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false, MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly JsonDocument _document;
    private readonly byte[] _rented;
    private readonly int _length;

    private RequestBody(byte[] rented, int length)
    {
        (_rented, _length) = (rented, length);
        var json = rented.AsMemory(0, length);
        var mark = json.Span.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        _document = JsonDocument.Parse(json[mark..], Options);
    }

    /// <summary>The error of a body over 32 MB.</summary>
    public static ApiError TooLarge { get; } = new(ApiErrorKind.TooLarge, $"The request body is larger than {MaxBytes / 1_000_000} MB.");

    public JsonElement Root => _document.RootElement;

    /// <exception cref="ApiException">Not JSON, or over 32 MB.</exception>
    /// <exception cref="BadHttpRequestException">Over 32 MB without having said so, or not HTTP.</exception>
    /// <exception cref="ConnectionAbortedException">It broke off before its end.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new ApiException(TooLarge);
        }

        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;

        // With one byte to spare, so that the end is seen without growing.
        var expected = (int?)request.ContentLength + 1;
        var rented = ArrayPool<byte>.Shared.Rent(Math.Min(expected ?? UnknownLengthRent, LargestFirstRent));
        var length = 0;
        try
        {
            while (await request.Body.ReadAsync(rented.AsMemory(length), cancellationToken) is var read and > 0)
            {
                length += read;
                if (length == rented.Length)
                {
                    rented = Grow(rented, expected);
                }
            }

            return new RequestBody(rented, length);
        }
        catch (JsonException e)
        {
            Return(rented, length);
            throw new ApiException(ApiError.Invalid(
                "body", $"We could not parse the JSON body of your request (line {e.LineNumber + 1}, byte {e.BytePositionInLine})."));
        }
        catch (BadHttpRequestException e) when (length < request.ContentLength && e.StatusCode == StatusCodes.Status400BadRequest)
        {
            // Kestrel tells a client that goes in mid-upload as a reset, an abort or a bad request, by what it sees first.
            Return(rented, length);
            throw new ConnectionAbortedException("The body broke off.", e);
        }
        catch
        {
            Return(rented, length);
            throw;
        }
    }

    public void Dispose()
    {
        _document.Dispose();
        Return(_rented, _length);
    }

    private static byte[] Grow(byte[] full, int? expected)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(expected ?? 0, full.Length * 2));
        full.CopyTo(larger, 0);
        Return(full, full.Length);
        return larger;
    }

    // A prompt stays in no pool.
    private static void Return(byte[] rented, int length)
    {
        rented.AsSpan(0, length).Clear();
        ArrayPool<byte>.Shared.Return(rented);
    }
}
