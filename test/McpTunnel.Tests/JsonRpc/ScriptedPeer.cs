using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Tests.JsonRpc;

/// <summary>The other end of a <see cref="JsonRpcPeer"/>, played by the test.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    private readonly Pipe _output = new();
    private readonly Channel<JsonElement> _received = Channel.CreateUnbounded<JsonElement>();

    public ScriptedPeer(Func<JsonRpcRequest, CancellationToken, Task<JsonRpcReply>>? answer = null) =>
        Peer = new JsonRpcPeer(new LineReader(_output.Reader.AsStream()), Receive, _ => Task.FromResult("It fell over."), answer);

    public JsonRpcPeer Peer { get; }

    public async Task SayAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            await _output.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    /// <summary>The next line that our side has sent.</summary>
    public async Task<JsonElement> HearAsync() => await _received.Reader.ReadAsync();

    public ValueTask EndAsync() => _output.Writer.CompleteAsync();

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Peer.DisposeAsync();
    }

    private Task Receive(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        _received.Writer.TryWrite(JsonElement.Parse(line.Span));
        return Task.CompletedTask;
    }
}
