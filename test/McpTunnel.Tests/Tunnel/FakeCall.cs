using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>A gRPC call without a network: what the tunnel writes can be made to fail in any way.</summary>
internal sealed class FakeCall : IAsyncStreamReader<BrokerFrame>
{
    private readonly Channel<BrokerFrame> _frames = Channel.CreateUnbounded<BrokerFrame>();
    private readonly CancellationTokenSource _cut = new();

    public FakeCall(FakeTimeProvider time)
    {
        var call = new AsyncDuplexStreamingCall<ClientFrame, BrokerFrame>(
            Requests, this, Task.FromResult(new Metadata()), () => Grpc.Core.Status.DefaultSuccess, () => [], () => { });
        _cut.Token.Register(() => Requests.Failure ??= new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, "Cut.")));
        Stream = new TunnelStream(call, _cut, new MemoryStream(), time);
    }

    public FakeRequests Requests { get; } = new();

    public TunnelStream Stream { get; }

    public BrokerFrame Current { get; private set; } = new();

    /// <summary>Read once more after the cut, as what was under way on a network.</summary>
    public BrokerFrame? AfterCut { get; set; }

    /// <summary>The broker closes the stream.</summary>
    public void End() => _frames.Writer.TryComplete();

    public void Send(BrokerFrame frame) => _frames.Writer.TryWrite(frame);

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            Current = await _frames.Reader.ReadAsync(_cut.Token);
            return true;
        }
        catch (OperationCanceledException) when (AfterCut is { } last)
        {
            (Current, AfterCut) = (last, null);
            return true;
        }
        catch (OperationCanceledException e)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, "Cut.", e));
        }
    }
}
