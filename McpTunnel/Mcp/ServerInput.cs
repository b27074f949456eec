using Microsoft.Extensions.Hosting;

namespace Polydev.McpTunnel.Mcp;

/// <summary>
/// The server's stdin: reads can be cancelled, though the operating system's cannot, and its end is told. The end comes
/// a moment late, for the SDK drops what it has not answered by then: a script that pipes its requests in wants its answers.
/// </summary>
internal sealed class ServerInput(Stream inner, TimeProvider time) : Stream
{
    /// <summary>How long the end is held back.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the end of the input.</summary>
    public Task Ended => _ended.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A console's ReadAsync blocks its thread. One that is cancelled stays behind, with a buffer of its own, until the process ends.
        var own = new byte[buffer.Length];
        var reading = Task.Run(() => inner.ReadAsync(own, CancellationToken.None).AsTask(), cancellationToken);
        var read = await reading.WaitAsync(cancellationToken);
        own.AsSpan(0, read).CopyTo(buffer.Span);
        if (read == 0 && buffer.Length > 0)
        {
            await Task.Delay(Grace, time, cancellationToken);
            _ended.TrySetResult();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is written here.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>
/// Ends the process with its stdin: the editor has gone, and all that runs for it ends too. Left alone, the SDK (2.4.0) would wait
/// for calls whose answers nobody takes any more.
/// </summary>
internal sealed class EndWithInput(ServerInput input, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await input.Ended.WaitAsync(stoppingToken);
        lifetime.StopApplication();
    }
}
