using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Status;

/// <summary>Asks the other polydev-mcp of this user what they do. Those that have ended, however they did, are not among them.</summary>
internal sealed class RunningTunnels(TunnelPaths paths, TimeProvider time)
{
    public const string Ending = ".sock";

    /// <summary>For an answer, which takes some milliseconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>A socket that nobody has answered at for so long is not one of a process that just starts.</summary>
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(1);

    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>The one that is online first, then those that would be, then those that stand by.</summary>
    public async Task<MachineStatus> AskAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(Sockets().Select(socket => AskAsync(socket, cancellationToken)));
        var reports = answers.Select(answer => answer.Report).OfType<StatusReport>().OrderBy(Rank).ThenBy(report => report.Process.Id);
        return new MachineStatus([.. reports], [.. answers.Where(answer => answer.Hangs).Select(answer => answer.ProcessId)]);
    }

    private static int Rank(StatusReport report) => report.Tunnel.State switch
    {
        "online" => 0,
        "standing_by" => 2,
        _ => 1,
    };

    private string[] Sockets() => Directory.Exists(paths.Sockets) ? Directory.GetFiles(paths.Sockets, $"*{Ending}") : [];

    private async Task<SocketAnswer> AskAsync(string path, CancellationToken cancellationToken)
    {
        _ = int.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process);
        using var expired = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, cancellationToken);
        try
        {
            return new SocketAnswer(process) { Report = await ReadAsync(path, either.Token) };
        }
        catch (SocketException e)
        {
            Sweep(path, e.SocketErrorCode);
            return new SocketAnswer(process);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // It ended while it answered.
            return new SocketAnswer(process);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SocketAnswer(process) { Hangs = true };
        }
    }

    private static async Task<StatusReport?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        using var answer = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (answer.Length < MostBytes && await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            answer.Write(buffer, 0, read);
        }

        return JsonSerializer.Deserialize(answer.ToArray(), StatusJson.Default.StatusReport);
    }

    // What a killed process leaves behind.
    private void Sweep(string path, SocketError error)
    {
        try
        {
            if (error == SocketError.ConnectionRefused && time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > StartTime)
            {
                File.Delete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next who asks tries again.
        }
    }

    private sealed record SocketAnswer(int ProcessId)
    {
        public StatusReport? Report { get; init; }

        public bool Hangs { get; init; }
    }
}

/// <summary>What runs of this user on this machine.</summary>
/// <param name="Tunnels">The one that is online comes first.</param>
/// <param name="Hanging">Processes that are there and gave no answer.</param>
internal sealed record MachineStatus(IReadOnlyList<StatusReport> Tunnels, IReadOnlyList<int> Hanging)
{
    public bool IsOnline => Tunnels is [{ Tunnel.State: "online" }, ..];
}
