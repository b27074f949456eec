using System.Net.Sockets;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// The hidden <c>polydev-mcp relay SOCKET</c>: carries stdin to a socket of this user's, and what comes from there to stdout, until one of
/// the two ends. As the MCP server that a CLI starts it brings the caller's tools, reads nothing of them, and runs nothing.
/// </summary>
internal static class RelayCommand
{
    public const string Word = OwnProgram.Relay;

    private const int NotConnected = 1;

    public static async Task<int> RunAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            await Console.Error.WriteLineAsync("polydev-mcp: nobody waits at this socket.");
            return NotConnected;
        }

        await using var tunnel = new NetworkStream(socket, ownsSocket: false);
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();

        // A copy that fails has found its other end gone, which is the end of this one too.
        await Task.WhenAny(input.CopyToAsync(tunnel), tunnel.CopyToAsync(output));
        return 0;
    }
}
