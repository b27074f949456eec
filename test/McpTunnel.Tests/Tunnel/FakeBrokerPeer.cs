using System.Threading.Channels;
using Grpc.Core;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>One tunnel's stream as the fake broker sees it.</summary>
internal sealed class FakeBrokerPeer(Hello? hello, string? authorization, IServerStreamWriter<BrokerFrame> responses)
{
    private readonly Channel<ClientFrame> _frames = Channel.CreateUnbounded<ClientFrame>();
    private readonly Queue<WorkEvent> _events = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Hello? Hello { get; } = hello;

    public string? Authorization { get; } = authorization;

    /// <summary>Completes when the tunnel has completed or cut its side.</summary>
    public Task Left => _left.Task;

    public Task SendAsync(BrokerFrame frame) => responses.WriteAsync(frame).DefaultTimeout();

    public Task SendAsync(WorkItem item) => SendAsync(new BrokerFrame { Work = item });

    /// <summary>The tunnel's next frame.</summary>
    public Task<ClientFrame> ReceiveAsync() => _frames.Reader.ReadAsync().AsTask().DefaultTimeout();

    /// <summary>The tunnel's next event, alone or of a batch; other frames are passed over.</summary>
    public async Task<WorkEvent> EventAsync()
    {
        while (_events.Count == 0)
        {
            var frame = await ReceiveAsync();
            foreach (var next in frame.Events?.Events.AsEnumerable() ?? (frame.Event is { } single ? [single] : []))
            {
                _events.Enqueue(next);
            }
        }

        return _events.Dequeue();
    }

    /// <summary>True when a frame waits to be read.</summary>
    public bool HasFrame => _frames.Reader.TryPeek(out _);

    /// <summary>Closes the stream from the broker's side.</summary>
    public void End() => _ended.TrySetResult();

    public async Task ServeAsync(IAsyncStreamReader<ClientFrame> requests, CancellationToken cancelled)
    {
        var reading = ReadAsync(requests, cancelled);
        await Task.WhenAny(_ended.Task, reading);
    }

    private async Task ReadAsync(IAsyncStreamReader<ClientFrame> requests, CancellationToken cancelled)
    {
        try
        {
            while (await requests.MoveNext(cancelled))
            {
                await _frames.Writer.WriteAsync(requests.Current, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The tunnel cut the stream, or this side has closed it.
        }
        finally
        {
            _frames.Writer.TryComplete();
            _left.TrySetResult();
        }
    }
}
