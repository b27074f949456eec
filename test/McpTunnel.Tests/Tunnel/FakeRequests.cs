using System.Threading.Channels;
using Grpc.Core;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A request stream in memory, which fails or stands still when the test says so.</summary>
internal sealed class FakeRequests : IClientStreamWriter<ClientFrame>
{
    private readonly Channel<ClientFrame> _written = Channel.CreateUnbounded<ClientFrame>();

    /// <summary>What each further write throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Each further write waits here first.</summary>
    public SyncPoint? Pause { get; set; }

    public WriteOptions? WriteOptions { get; set; }

    public async Task WriteAsync(ClientFrame message)
    {
        await (Pause?.ArriveAsync() ?? Task.CompletedTask);
        if (Failure is { } failure)
        {
            throw failure;
        }

        await _written.Writer.WriteAsync(message);
    }

    public Task CompleteAsync()
    {
        _written.Writer.TryComplete();
        return Task.CompletedTask;
    }

    public Task<ClientFrame> NextAsync() => _written.Reader.ReadAsync().AsTask().DefaultTimeout();

    /// <summary>All that has been written, up to the completion of the stream.</summary>
    public async Task<List<ClientFrame>> AllAsync() => await _written.Reader.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
}
