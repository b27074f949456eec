using System.Threading.Channels;
using Grpc.Core;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>The one writer of a stream: frames from many queue here, and go out one after the other.</summary>
internal sealed class FrameWriter(IClientStreamWriter<ClientFrame> stream)
{
    private readonly Channel<ClientFrame> _frames = Channel.CreateBounded<ClientFrame>(
        new BoundedChannelOptions(64) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Waits while the queue is full.</summary>
    /// <exception cref="ChannelClosedException">The connection is over.</exception>
    public ValueTask WriteAsync(ClientFrame frame, CancellationToken cancellationToken) => _frames.Writer.WriteAsync(frame, cancellationToken);

    /// <summary>For the read loop, which never waits: false when the queue is full or closed.</summary>
    public bool TryWrite(ClientFrame frame) => _frames.Writer.TryWrite(frame);

    /// <summary>What is queued still goes out; then the stream is completed.</summary>
    public void Complete() => _frames.Writer.TryComplete();

    /// <summary>Runs until <see cref="Complete"/> or the end of the connection, which the read loop reports.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var frame in _frames.Reader.ReadAllAsync(cancellationToken))
            {
                await stream.WriteAsync(frame, cancellationToken);
            }

            await stream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException)
        {
            // InvalidOperationException: the call has completed under the write. The reason comes out of the read loop.
            // Wrapped, since a channel passes on a cancellation as such: its writers were not cancelled, they have lost their reader.
            _frames.Writer.TryComplete(new IOException("The connection is over.", e));
        }
    }
}
