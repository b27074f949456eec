using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>One connection to the broker that sends whatever it is given, and reads HTTP/1.1. Not thread-safe.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
    private readonly MemoryStream _read = new();
    private readonly byte[] _buffer = new byte[16 * 1024];

    /// <summary>The server has said that it closes, or has done so.</summary>
    public bool IsOver { get; private set; }

    public static async Task<RawConnection> OpenAsync(Uri broker)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(broker.Host, broker.Port);
        return connection;
    }

    /// <summary>Sends the request and reads its answer; null where the connection ends without one.</summary>
    /// <param name="thenEnd">Says behind the request that nothing more comes: the server takes that for a caller that has gone.</param>
    public async Task<RawAnswer?> SendAsync(byte[] request, bool hasBody, bool thenEnd)
    {
        var sending = SendAsync(request, thenEnd);
        try
        {
            return await ReadAnswerAsync(hasBody);
        }
        finally
        {
            // An answer may come before all is sent.
            await sending;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _read.Dispose();
    }

    private async Task SendAsync(byte[] request, bool thenEnd)
    {
        try
        {
            for (var sent = 0; sent < request.Length;)
            {
                sent += await _socket.SendAsync(request.AsMemory(sent));
            }

            if (thenEnd)
            {
                _socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // The server has closed under it: what it said, if anything, is the reader's to tell.
            IsOver = true;
        }
    }

    private async Task<RawAnswer?> ReadAnswerAsync(bool hasBody)
    {
        string[] head;
        int status;
        do
        {
            if (await ReadToAsync("\r\n\r\n"u8.ToArray()) is not { } text)
            {
                return null;
            }

            head = Encoding.Latin1.GetString(text).Split("\r\n");
            status = int.Parse(head[0].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        while (status < 200);

        var headers = head.Skip(1).Where(line => line.Contains(':')).Select(line => line.Split(':', 2))
            .ToLookup(pair => pair[0].Trim().ToLowerInvariant(), pair => pair[1].Trim());
        IsOver |= headers["connection"].Contains("close");
        var body = !hasBody || status is 204 or 304 ? []
            : headers["transfer-encoding"].Contains("chunked") ? await ReadChunksAsync()
            : headers["content-length"].FirstOrDefault() is { } length ? await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture))
            : await ReadToEndAsync();
        var type = headers["content-type"].FirstOrDefault() ?? string.Empty;
        return new RawAnswer(status, type, headers["connection"].Contains("close"), body);
    }

    private async Task<byte[]?> ReadChunksAsync()
    {
        using var body = new MemoryStream();
        while (true)
        {
            if (await ReadToAsync("\r\n"u8.ToArray()) is not { } line)
            {
                return null;
            }

            var length = int.Parse(Encoding.ASCII.GetString(line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (await ReadAsync(length + 2) is not { } chunk)
            {
                return null;
            }

            if (length == 0)
            {
                return body.ToArray();
            }

            body.Write(chunk, 0, length);
        }
    }

    // Without the mark behind it; null where the connection ends before.
    private async Task<byte[]?> ReadToAsync(byte[] mark)
    {
        int found;
        while ((found = _read.GetBuffer().AsSpan(0, (int)_read.Length).IndexOf(mark)) < 0)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        var text = Take(found);
        Take(mark.Length);
        return text;
    }

    private async Task<byte[]?> ReadAsync(int length)
    {
        while (_read.Length < length)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        return Take(length);
    }

    private async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync())
        {
        }

        return Take((int)_read.Length);
    }

    private async Task<bool> FillAsync()
    {
        try
        {
            var count = await _socket.ReceiveAsync(_buffer);
            _read.Write(_buffer, 0, count);
            IsOver |= count == 0;
            return count > 0;
        }
        catch (SocketException)
        {
            IsOver = true;
            return false;
        }
    }

    private byte[] Take(int length)
    {
        var all = _read.ToArray();
        _read.SetLength(0);
        _read.Write(all, length, all.Length - length);
        return all[..length];
    }
}

/// <param name="Closes">The server closes the connection behind it: what it cannot read as HTTP, it refuses so.</param>
/// <param name="Body">Null where the connection ended in the middle of it.</param>
internal sealed record RawAnswer(int Status, string ContentType, bool Closes, byte[]? Body);
