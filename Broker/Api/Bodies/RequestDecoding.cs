using System.IO.Compression;
using Polydev.Broker.Errors;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Polydev.Broker.Api.Bodies;

/// <summary>Bodies that a caller has compressed: gzip, deflate, br, and zstd, which Codex sends.</summary>
internal static class RequestDecoding
{
    /// <summary>What we read, for <c>Accept-Encoding</c> of a 415 (RFC 9110, section 12.5.3).</summary>
    public const string Accepted = "zstd, br, gzip, deflate";

    // A frame says how far back it reaches, and that is memory: 8 MB is what HTTP allows (RFC 9659).
    private const int LargestZstdWindowLog = 23;

    /// <summary>The body as it was before it was compressed; null where it is as it was.</summary>
    /// <exception cref="ApiException">415: compressed in a way that we do not read.</exception>
    public static Stream? Open(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is not { Count: > 0 } encodings)
        {
            return null;
        }

        var encoding = encodings.ToString().Trim();
        switch (encoding.ToLowerInvariant())
        {
            case "" or "identity":
                return null;
            case "gzip" or "x-gzip":
                return new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
            case "deflate":
                return new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
            case "br":
                return new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
            case "zstd":
                var decompressor = new Decompressor();
                decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestZstdWindowLog);
                return new DecompressionStream(request.Body, decompressor, preserveDecompressor: false, leaveOpen: true);
            default:
                request.HttpContext.Response.Headers.AcceptEncoding = Accepted;
                throw new ApiException(new ApiError(
                    ApiErrorKind.InvalidRequest, $"The request body's Content-Encoding is not supported. Use one of: {Accepted}; or none.")
                {
                    Status = StatusCodes.Status415UnsupportedMediaType,
                });
        }
    }

    /// <summary>The data is not what its encoding says: each reader has its own way to complain.</summary>
    public static bool IsBroken(Exception e) =>
        e is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdException;
}
