using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>
/// A tunnel that speaks the real protocol over a real socket and answers as the test says. It stands in for polydev-mcp, whose own tests
/// are elsewhere.
/// </summary>
internal sealed class FakeTunnel : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ClientFrame, BrokerFrame> _stream;
    private readonly Channel<WorkItem> _items = Channel.CreateUnbounded<WorkItem>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _cancelled = new();
    private readonly WorkItemAssembler _parts = new(new PartialItems());
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _leaving = new();
    private readonly Task _reading;

    private FakeTunnel(GrpcChannel channel, AsyncDuplexStreamingCall<ClientFrame, BrokerFrame> stream, BrokerFrame first)
    {
        (_channel, _stream, First) = (channel, stream, first);
        _reading = ReadAsync();
    }

    /// <summary>The broker's first frame: Welcome or Refused.</summary>
    public BrokerFrame First { get; }

    /// <summary>Its connection is over, whoever has ended it.</summary>
    public bool IsOver => _reading.IsCompleted;

    /// <summary>Answers each item by itself; null leaves it to <see cref="NextAsync"/>.</summary>
    public Func<WorkItem, IEnumerable<ClientFrame>>? Answer { get; set; }

    public static async Task<FakeTunnel> ConnectAsync(string grpcUrl, string token, Hello? hello = null)
    {
        var channel = GrpcChannel.ForAddress(grpcUrl);
        var stream = new TunnelBroker.TunnelBrokerClient(channel).Connect(new Metadata { { "authorization", $"Bearer {token}" } });
        hello ??= Frames.Hello("tunnel-1", Frames.Cli(Providers.Claude), Frames.Cli(Providers.Codex), Frames.Cli(Providers.Gemini));
        await stream.RequestStream.WriteAsync(new ClientFrame { Hello = hello });
        await stream.ResponseStream.MoveNext(CancellationToken.None).DefaultTimeout();
        return new FakeTunnel(channel, stream, stream.ResponseStream.Current);
    }

    public Task<WorkItem> NextAsync() => _items.Reader.ReadAsync().AsTask().DefaultTimeout();

    /// <summary>Completes when the broker has cancelled the item.</summary>
    public Task CancelledAsync(string workId) => Cancelled(workId).Task.DefaultTimeout();

    public async Task SendAsync(params IEnumerable<ClientFrame> frames)
    {
        await _writing.WaitAsync();
        try
        {
            foreach (var frame in frames)
            {
                await _stream.RequestStream.WriteAsync(frame);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>One event of an item.</summary>
    public Task SendAsync(WorkItem item, ulong sequence, WorkEvent body) => SendAsync(Frames.Event(item.WorkId, sequence, body));

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _reading;
        _parts.Dispose();
        _stream.Dispose();
        _channel.Dispose();
        _writing.Dispose();
        _leaving.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _stream.ResponseStream.MoveNext(_leaving.Token))
            {
                await OnFrameAsync(_stream.ResponseStream.Current);
            }
        }
        catch (Exception e) when (e is RpcException || _leaving.IsCancellationRequested)
        {
            // The end of the connection, by the broker or by the test, which is for the test to notice where it matters.
        }
    }

    private async Task OnFrameAsync(BrokerFrame frame)
    {
        switch (frame.KindCase)
        {
            case BrokerFrame.KindOneofCase.Work:
                await OnItemAsync(frame.Work);
                break;
            case BrokerFrame.KindOneofCase.Chunk when _parts.Add(frame.Chunk) is { } whole:
                await OnItemAsync(whole);
                break;
            case BrokerFrame.KindOneofCase.Cancel:
                Cancelled(frame.Cancel.WorkId).TrySetResult();
                break;
            case BrokerFrame.KindOneofCase.Ping:
                await SendAsync([new ClientFrame { Pong = new Pong { Nonce = frame.Ping.Nonce } }]);
                break;
        }
    }

    private async Task OnItemAsync(WorkItem item)
    {
        if (Answer is { } answer)
        {
            await SendAsync(answer(item));
        }
        else
        {
            await _items.Writer.WriteAsync(item);
        }
    }

    private TaskCompletionSource Cancelled(string workId) =>
        _cancelled.GetOrAdd(workId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
