using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Polydev.McpTunnel.Clis.SelfTest;

/// <summary>
/// HTTP/1.1 on 127.0.0.1, as much of it as a CLI needs to ask a model: a connection carries one request. Only requests below a path that
/// nobody can guess reach the handler, so that no other program of this machine is taken for the CLI. By hand and not by Kestrel, which
/// would make the native tool some megabytes larger for a few seconds of a machine's life.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<LoopbackRequest, LoopbackResponse?> _answer;
    private readonly string _prefix = $"/{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
    private readonly Task _accepting;

    private LoopbackServer(Func<LoopbackRequest, LoopbackResponse?> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = $"http://{_listener.LocalEndpoint}{_prefix}";
        _accepting = AcceptAsync();
    }

    /// <summary>A base address for a CLI, without a slash at its end.</summary>
    public string Address { get; }

    /// <param name="answer">Quick, and called for several requests at once. Null: never answered, until the other side gives up.</param>
    public static LoopbackServer Start(Func<LoopbackRequest, LoopbackResponse?> answer) => new(answer);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(ServeAsync(socket));
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var pipe = PipeReader.Create(stream);
            var request = await LoopbackRequest.ReadAsync(pipe, _stopping.Token);
            if (Answer(request) is { } response)
            {
                await stream.WriteAsync(response.ToBytes(hasBody: request.Method != "HEAD"), _stopping.Token);
                socket.Shutdown(SocketShutdown.Send);
            }

            // Closed before the other side has done so, it might lose the end of the answer.
            while (!(await pipe.ReadAsync(_stopping.Token) is { IsCompleted: true } or { Buffer.Length: > 0 }))
            {
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or OperationCanceledException)
        {
            // A CLI that was ended in its request, or something that is no CLI: what was asked, and what was not, is judged elsewhere.
        }
    }

    private LoopbackResponse? Answer(LoopbackRequest request) =>
        request.Path.StartsWith($"{_prefix}/", StringComparison.Ordinal)
            ? _answer(request with { Path = request.Path[_prefix.Length..] })
            : LoopbackResponse.NotFound;
}
