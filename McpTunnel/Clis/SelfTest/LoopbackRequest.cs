using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Polydev.McpTunnel.Clis.SelfTest;

/// <summary>One HTTP/1.1 request, read whole.</summary>
/// <param name="Path">As sent, query included; behind the secret part of a <see cref="LoopbackServer"/>'s address.</param>
internal sealed record LoopbackRequest(string Method, string Path, ReadOnlyMemory<byte> Body)
{
    /// <summary>Of a line, and of all header lines together.</summary>
    private const int MaxHeaderBytes = 64 * 1024;

    /// <summary>A self-test asks a few hundred bytes, and a CLI adds some kilobytes of its own.</summary>
    private const int MaxBodyBytes = 8 * 1024 * 1024;

    /// <summary>The path without its query.</summary>
    public string Resource => Path.Split('?')[0];

    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <exception cref="InvalidDataException">It is no HTTP, or too large.</exception>
    /// <exception cref="IOException">The connection broke off.</exception>
    public static async Task<LoopbackRequest> ReadAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        if ((await ReadLineAsync(pipe, cancellationToken)).Split(' ') is not [var method, var path, _])
        {
            throw new InvalidDataException("Not the first line of an HTTP request.");
        }

        var (length, isChunked, read) = (0, false, 0);
        while (await ReadLineAsync(pipe, cancellationToken) is { Length: > 0 } line)
        {
            var header = line.Split(':', 2, StringSplitOptions.TrimEntries);
            length = Is(header, "Content-Length") ? Number(header[1], NumberStyles.None) : length;
            isChunked |= Is(header, "Transfer-Encoding") && header[1].Equals("chunked", StringComparison.OrdinalIgnoreCase);
            ThrowIfOver(read += line.Length, MaxHeaderBytes);
        }

        var body = isChunked ? await ReadChunksAsync(pipe, cancellationToken) : await ReadBytesAsync(pipe, length, cancellationToken);
        return new LoopbackRequest(method, path, body);
    }

    private static bool Is(string[] header, string name) =>
        header.Length == 2 && header[0].Equals(name, StringComparison.OrdinalIgnoreCase);

    private static int Number(string text, NumberStyles style) =>
        int.TryParse(text, style, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : throw new InvalidDataException("Not a length.");

    private static void ThrowIfOver(int bytes, int limit)
    {
        if (bytes > limit)
        {
            throw new InvalidDataException($"More than {limit} bytes.");
        }
    }

    private static async Task<byte[]> ReadChunksAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var size = Number((await ReadLineAsync(pipe, cancellationToken)).Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier);
            ThrowIfOver(size, MaxBodyBytes - (int)body.Length);
            body.Write(await ReadBytesAsync(pipe, size, cancellationToken));
            var end = await ReadLineAsync(pipe, cancellationToken);
            if (size > 0)
            {
                continue;
            }

            // Trailers, up to an empty line.
            while (end.Length > 0)
            {
                end = await ReadLineAsync(pipe, cancellationToken);
            }

            return body.ToArray();
        }
    }

    private static async Task<byte[]> ReadBytesAsync(PipeReader pipe, int count, CancellationToken cancellationToken)
    {
        ThrowIfOver(count, MaxBodyBytes);
        if (count == 0)
        {
            return [];
        }

        var read = await pipe.ReadAtLeastAsync(count, cancellationToken);
        if (read.Buffer.Length < count)
        {
            throw new EndOfStreamException("The connection was closed within a request.");
        }

        var body = read.Buffer.Slice(0, count);
        var bytes = body.ToArray();
        pipe.AdvanceTo(body.End);
        return bytes;
    }

    private static async Task<string> ReadLineAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                pipe.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            ThrowIfOver((int)read.Buffer.Length, MaxHeaderBytes);
            if (read.IsCompleted)
            {
                throw new EndOfStreamException("The connection was closed within a request.");
            }

            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

/// <summary>An answer, known whole before its first byte.</summary>
internal sealed record LoopbackResponse(int Status, string ContentType, string Body)
{
    public static LoopbackResponse NotFound { get; } = new(404, "application/json", """{"error":{"message":"Not here."}}""");

    public static LoopbackResponse Events(string body) => new(200, "text/event-stream", body);

    /// <param name="hasBody">False for HEAD.</param>
    public byte[] ToBytes(bool hasBody)
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {Status} {(Status == 200 ? "OK" : "Not Found")}\r\nContent-Type: {ContentType}\r\n"
            + $"Content-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        return hasBody ? [.. Encoding.ASCII.GetBytes(head), .. body] : Encoding.ASCII.GetBytes(head);
    }
}
