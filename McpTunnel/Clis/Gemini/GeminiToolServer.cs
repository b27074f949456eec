using System.Net.Sockets;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// Our end of the caller's tools in one call. The CLI starts an MCP server, which is this program as a relay (<c>RelayCommand</c>), and
/// that one finds us at a socket in the session's private folder; the first who comes is the only one. Disposed, it ends the relay too.
/// </summary>
internal sealed class GeminiToolServer : IAsyncDisposable
{
    private readonly string _path;
    private readonly GeminiTools _tools;
    private readonly Socket _door;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;

    private GeminiToolServer(string path, GeminiTools tools, Socket door)
    {
        _path = path;
        _tools = tools;
        _door = door;
        _serving = ServeAsync();
    }

    /// <summary>The CLI has been told the tools: without them an answer would be another answer.</summary>
    public Task Listed => _listed.Task;

    /// <summary>How the CLI is to start its server.</summary>
    public GeminiProtocol.McpServer Launch
    {
        get
        {
            var (file, before) = OwnProgram.Command;

            // Managed, it would put sockets for debuggers into the temporary folder.
            return new GeminiProtocol.McpServer(
                GeminiTools.Server,
                file,
                [.. before, OwnProgram.Relay, _path],
                [new GeminiProtocol.Variable("DOTNET_EnableDiagnostics", "0")]);
        }
    }

    /// <param name="path">In a folder that only this user can open.</param>
    /// <exception cref="CliFailureException">There can be no socket of this path.</exception>
    public static GeminiToolServer Start(string path, GeminiTools tools)
    {
        var door = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            door.Bind(new UnixDomainSocketEndPoint(path));
            door.Listen(1);
            return new GeminiToolServer(path, tools, door);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            door.Dispose();
            throw new CliFailureException(
                FailureKind.CliCrashed,
                "The tunnel's state folder takes no socket, or its path is too long: Gemini CLI gets no tools.",
                inner: e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _door.Dispose();
        File.Delete(_path);
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            using var relay = await _door.AcceptAsync(_stopping.Token);
            _door.Close();
            await using var stream = new NetworkStream(relay, ownsSocket: false);
            var lines = new LineReader(stream);
            while (await lines.ReadAsync(_stopping.Token) is { } line)
            {
                await TakeAsync(line, stream);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or InvalidDataException)
        {
            // The call is over, or the CLI has ended its server: whoever waits for what it was to be told, waits no longer than his limit.
        }
    }

    // A line that is no request wants no answer, or is past what a CLI writes: then the CLI's own limit ends it.
    private async Task TakeAsync(byte[] line, NetworkStream stream)
    {
        if (JsonRpcMessage.Read(line) is not { HasId: true, Method: { } method } request)
        {
            return;
        }

        await stream.WriteAsync(JsonRpcWriter.Reply(request.Id, _tools.Answer(method, request.Params)), _stopping.Token);
        await stream.WriteAsync("\n"u8.ToArray(), _stopping.Token);
        if (method == "tools/list")
        {
            _listed.TrySetResult();
        }
    }
}
