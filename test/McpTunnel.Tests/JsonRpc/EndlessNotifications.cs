namespace Polydev.McpTunnel.Tests.JsonRpc;

/// <summary>The output of a peer that never stops, and always has more ready.</summary>
internal sealed class EndlessNotifications : Stream
{
    private static readonly byte[] Line = [.. "{\"method\":\"noise\"}\n"u8];
    private long _bytesRead;

    public static int LineBytes => Line.Length;

    public long BytesRead => Volatile.Read(ref _bytesRead);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lines = buffer.Length / Line.Length;
        for (var i = 0; i < lines; i++)
        {
            Line.CopyTo(buffer.Span[(i * Line.Length)..]);
        }

        Interlocked.Add(ref _bytesRead, lines * Line.Length);
        return ValueTask.FromResult(lines * Line.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
